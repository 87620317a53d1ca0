import { hash } from 'node:crypto'
import { fsync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { LineCursor } from '../read/line-cursor.ts'
import { ObjectScanner } from '../read/scan-record.ts'
import { sha256OfFile } from '../sha256-of-file.ts'

/**
 * Files of digests, one line per line of the file that they stand for: 16 hex digits of its SHA-256, then 4 hex digits
 * of the CRC-32 of each member's value. The first names the record that was touched, the others the member; the SHA-256
 * of the whole file is in the manifest, and is what makes the rest evidence.
 */
export const lineDigestFiles = {
  'records.jsonl': {
    file: 'records.digests',
    fields: [
      'completed_at',
      'custom',
      'dataset',
      'error',
      'error_type',
      'example_id',
      'input',
      'latency_ms',
      'messages',
      'messages_hash',
      'messages_storage',
      'model',
      'output',
      'output_text',
      'primary_metric',
      'probe',
      'run_id',
      'schema_version',
      'scores',
      'started_at',
      'status',
      'usage',
    ],
  },
  'calls.jsonl': {
    file: 'calls.digests',
    fields: [
      'model',
      'judge',
      'probe',
      'example_id',
      'item',
      'repeat',
      'call',
      'request_hash',
      'messages',
      'options',
      'deltas',
      'response',
      'error',
      'left',
    ],
  },
} as const

const flushAt = 1 << 20
const absent = '----'

/** Digests of one line. */
export interface LineDigest {
  /** 16 hex digits. */
  line: string
  /** By field. Members that the line does not have are left out. */
  fields: ReadonlyMap<string, string>
}

/**
 * Writes the digests of a finished run's lines beside its files.
 *
 * @returns The SHA-256 of each file of digests, by its name.
 */
export async function writeAllLineDigests(directory: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {}
  for (const [name, { file, fields }] of Object.entries(lineDigestFiles))
    digests[file] = await writeLineDigests(join(directory, name), join(directory, file), fields)
  return digests
}

/**
 * Writes the digests of a finished file beside it.
 *
 * @returns The SHA-256 of what was written.
 */
export async function writeLineDigests(path: string, digestsPath: string, fields: readonly string[]): Promise<string> {
  const digester = new LineDigester(fields)
  const cursor = await LineCursor.open(path)
  try {
    const file = await open(digestsPath, 'w')
    try {
      let pending = `${fields.join(' ')}\n`
      while (cursor.step() || (await cursor.fill())) {
        pending += `${digester.text(cursor.buffer, cursor.start, cursor.end)}\n`
        if (pending.length < flushAt) continue
        await file.writeFile(pending)
        pending = ''
      }
      await file.writeFile(pending)
      // Not file.sync(): Yarn PnP's file handles do not have it.
      await promisify(fsync)(file.fd)
    } finally {
      await file.close()
    }
  } finally {
    await cursor.close()
  }
  return sha256OfFile(digestsPath)
}

/** Makes the digests of lines. */
export class LineDigester {
  readonly #fields: readonly string[]
  readonly #scanner: ObjectScanner<string>

  constructor(fields: readonly string[]) {
    this.#fields = fields
    this.#scanner = new ObjectScanner(fields)
  }

  /** As it stands in the file, without line feed. */
  text(buffer: Buffer, start: number, end: number): string {
    const digest = hash('sha256', buffer.subarray(start, end), 'hex').slice(0, 16)
    if (!this.#scanner.scan(buffer, start, end)) return `${digest} ${absent.repeat(this.#fields.length)}`
    let text = `${digest} `
    for (const field of this.#fields) {
      const from = this.#scanner.start(field)
      text += from === -1 ? absent : hex(crc32(buffer.subarray(from, this.#scanner.end(field))) & 0xffff)
    }
    return text
  }

  parse(text: string): LineDigest {
    const [line = '', checks = ''] = text.split(' ')
    const fields = new Map<string, string>()
    for (const [index, field] of this.#fields.entries()) {
      const check = checks.slice(index * 4, index * 4 + 4)
      if (check !== absent && check !== '') fields.set(field, check)
    }
    return { line, fields }
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(4, '0')
}

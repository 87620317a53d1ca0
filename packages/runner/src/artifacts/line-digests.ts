import { createHash, hash } from 'node:crypto'
import { fsync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { LineCursor } from '../read/line-cursor.ts'
import { ObjectScanner } from '../read/scan-record.ts'

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
  const cursor = await LineCursor.open(path, chunkBytes)
  try {
    const file = await open(digestsPath, 'w')
    try {
      const whole = createHash('sha256')
      const pending = Buffer.allocUnsafe(chunkBytes)
      let filled = pending.write(`${fields.join(' ')}\n`)
      const flush = async (): Promise<void> => {
        whole.update(pending.subarray(0, filled))
        await file.writeFile(pending.subarray(0, filled))
        filled = 0
      }
      while (cursor.step() || (await cursor.fill())) {
        if (filled + digester.length + 1 > chunkBytes) await flush()
        digester.write(pending, filled, cursor.buffer, cursor.start, cursor.end)
        filled += digester.length
        pending[filled++] = lineFeed
      }
      await flush()
      // The handle that Yarn PnP gives has no sync().
      await promisify(fsync)(file.fd)
      return whole.digest('hex')
    } finally {
      await file.close()
    }
  } finally {
    await cursor.close()
  }
}

const chunkBytes = 1 << 18
const lineFeed = 10
const space = 32
const dash = 45
const hexDigits = Buffer.from('0123456789abcdef')

/** Makes the digests of lines. */
export class LineDigester {
  /** Bytes of a line of digests, without its line feed. */
  readonly length: number
  readonly #fields: readonly string[]
  readonly #scanner: ObjectScanner<string>
  readonly #scratch: Buffer

  constructor(fields: readonly string[]) {
    this.#fields = fields
    this.#scanner = new ObjectScanner(fields)
    this.length = 17 + 4 * fields.length
    this.#scratch = Buffer.alloc(this.length)
  }

  /** As it stands in the file, without line feed. */
  text(buffer: Buffer, start: number, end: number): string {
    this.write(this.#scratch, 0, buffer, start, end)
    return this.#scratch.toString('latin1')
  }

  /** Writes the digests of a line, which are `length` bytes. */
  write(target: Buffer, at: number, buffer: Buffer, start: number, end: number): void {
    target.write(hash('sha256', buffer.subarray(start, end), 'hex').slice(0, 16), at, 'latin1')
    target[at + 16] = space
    const isObject = this.#scanner.scan(buffer, start, end)
    let place = at + 17
    for (const field of this.#fields) {
      const from = isObject ? this.#scanner.start(field) : -1
      if (from === -1) target.fill(dash, place, place + 4)
      else writeHex(target, place, checksum(buffer, from, this.#scanner.end(field)))
      place += 4
    }
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

/** The lower half of the CRC-32. Most values are short, and for those a call into zlib costs more than the sum itself. */
function checksum(buffer: Buffer, start: number, end: number): number {
  if (end - start > 100) return crc32(buffer.subarray(start, end)) & 0xffff
  let sum = -1
  for (let at = start; at < end; at++) sum = crcTable[(sum ^ buffer[at]!) & 0xff]! ^ (sum >>> 8)
  return ~sum & 0xffff
}

/** Of the polynomial of ISO 3309, reflected: what zlib and PNG use. */
const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1
  return sum
})

function writeHex(target: Buffer, at: number, value: number): void {
  target[at] = hexDigits[value >>> 12]!
  target[at + 1] = hexDigits[(value >>> 8) & 15]!
  target[at + 2] = hexDigits[(value >>> 4) & 15]!
  target[at + 3] = hexDigits[value & 15]!
}

import { skipSpace } from './skip-space.ts'

/** The keys of a record that are looked at without parsing the line. */
export const scannedFields = [
  'completed_at',
  'custom',
  'dataset',
  'error',
  'error_type',
  'example_id',
  'input',
  'messages',
  'messages_hash',
  'model',
  'output',
  'output_text',
  'primary_metric',
  'probe',
  'run_id',
  'scores',
  'started_at',
  'status',
  'usage',
] as const

export type ScannedField = (typeof scannedFields)[number]

interface KnownKey {
  bytes: Buffer
  index: number
}

const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const comma = 0x2c
const colon = 0x3a

/**
 * Finds where the members of a JSON object begin and end, at about a nanosecond a byte. It follows strings and nesting,
 * so what a model wrote inside a string is never taken for a key; it does not check that values are valid JSON.
 */
export class ObjectScanner<Key extends string> {
  readonly #known = new Map<number, KnownKey[]>()
  readonly #indexes = new Map<string, number>()
  readonly #starts: Int32Array
  readonly #ends: Int32Array

  constructor(keys: readonly Key[]) {
    this.#starts = new Int32Array(keys.length)
    this.#ends = new Int32Array(keys.length)
    for (const [index, key] of keys.entries()) {
      const bytes = Buffer.from(key)
      this.#indexes.set(key, index)
      const hash = (bytes.length << 8) | bytes[0]!
      this.#known.set(hash, [...(this.#known.get(hash) ?? []), { bytes, index }])
    }
  }

  /** Start of a member's value, or -1 where the object has no such member. */
  start(key: Key): number {
    return this.#starts[this.#indexes.get(key)!]!
  }

  end(key: Key): number {
    return this.#ends[this.#indexes.get(key)!]!
  }

  /** False when the bytes are not one object. Of two equal keys the last one counts. */
  scan(buffer: Buffer, start: number, end: number): boolean {
    let at = skipSpace(buffer, start, end)
    if (at >= end || buffer[at] !== openBrace) return false
    at = skipSpace(buffer, at + 1, end)
    if (buffer[at] !== closeBrace) return this.scanRest(buffer, at, end)
    this.#starts.fill(-1)
    return skipSpace(buffer, at + 1, end) === end
  }

  /** As `scan`, from the quote of a key on: the members from there must end with the object, and the object with the bytes. */
  scanRest(buffer: Buffer, start: number, end: number): boolean {
    this.#starts.fill(-1)
    let at = start
    for (;;) {
      if (at >= end || buffer[at] !== quote) return false
      const keyStart = at + 1
      const keyEnd = endOfString(buffer, keyStart, end)
      at = skipSpace(buffer, keyEnd + 1, end)
      if (at >= end || buffer[at] !== colon) return false
      const valueStart = skipSpace(buffer, at + 1, end)
      const valueEnd = endOfValue(buffer, valueStart, end)
      if (valueEnd <= valueStart || valueEnd >= end) return false
      const index = this.#index(buffer, keyStart, keyEnd)
      if (index !== -1) {
        this.#starts[index] = valueStart
        this.#ends[index] = valueEnd
      }
      at = skipSpace(buffer, valueEnd, end)
      if (buffer[at] === closeBrace) return skipSpace(buffer, at + 1, end) === end
      if (at >= end || buffer[at] !== comma) return false
      at = skipSpace(buffer, at + 1, end)
    }
  }

  #index(buffer: Buffer, start: number, end: number): number {
    const candidates = this.#known.get(((end - start) << 8) | buffer[start]!)
    if (candidates !== undefined)
      for (const { bytes, index } of candidates) {
        let at = 0
        while (at < bytes.length && bytes[at] === buffer[start + at]) at += 1
        if (at === bytes.length) return index
      }
    for (let at = start; at < end; at++)
      if (buffer[at] === backslash) return this.#indexes.get(decodeString(buffer, start - 1, end + 1) ?? '') ?? -1
    return -1
  }
}

/** Decodes the JSON string that stands there, quotes included; undefined when it is none. */
export function decodeString(buffer: Buffer, start: number, end: number): string | undefined {
  if (start < 0 || buffer[start] !== quote) return undefined
  const text = buffer.toString('utf8', start, end)
  if (!text.includes('\\')) return text.slice(1, -1)
  try {
    return JSON.parse(text) as string
  } catch {
    return undefined
  }
}

/** Index of the closing quote, or `end` when there is none. */
function endOfString(buffer: Buffer, start: number, end: number): number {
  let at = start
  while (at < end) {
    const byte = buffer[at]
    if (byte === quote) return at
    at += byte === backslash ? 2 : 1
  }
  return end
}

function endOfValue(buffer: Buffer, start: number, end: number): number {
  const first = buffer[start]
  if (first === quote) return endOfString(buffer, start + 1, end) + 1
  if (first !== openBrace && first !== openBracket) {
    let at = start
    while (at < end && buffer[at] !== comma && buffer[at] !== closeBrace && buffer[at]! > 0x20) at += 1
    return at
  }
  let depth = 0
  let at = start
  while (at < end) {
    const byte = buffer[at]
    if (byte === quote) at = endOfString(buffer, at + 1, end)
    else if (byte === openBrace || byte === openBracket) depth += 1
    else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1
      if (depth === 0) return at + 1
    }
    at += 1
  }
  return end
}

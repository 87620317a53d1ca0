import { createHash } from 'node:crypto'
import { closeSync, createReadStream, openSync, readSync } from 'node:fs'
import { InsideLLMsError } from '@insidellms/core/driver'

/** What a GGUF file says of itself that is needed before the engine is there. */
export interface GgufHeader {
  /** `general.architecture`, such as `llama`. */
  architecture?: string
  /** `general.name`. */
  name?: string
  /** Tokens of context that the model was trained with. */
  contextLength?: number
  /** `tokenizer.chat_template`: Jinja. */
  chatTemplate?: string
}

/**
 * Reads the metadata at the front of a file: some milliseconds, whatever the file's size. Written here because the
 * SDK's reader is asynchronous, and importing the SDK takes a second or two.
 *
 * Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 *
 * @throws {InsideLLMsError} `config` when the file cannot be read, is no GGUF, or is cut short.
 */
export function readGgufHeader(path: string): GgufHeader {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    for (let length = 2 ** 20; length <= 2 ** 28; length *= 4) {
      const front = Buffer.alloc(length)
      const read = readSync(file, front, 0, length, 0)
      const header = parseGgufHeader(front.subarray(0, read))
      if (header !== undefined) return header
      if (read < length) throw new Error('it is cut short')
    }
    throw new Error('its header is damaged')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const what =
      code === 'ENOENT'
        ? `there is no file ${path}. A relative modelPath starts at the working directory`
        : `${path} cannot be used: ${message}. modelPath must name a GGUF file`
    throw new InsideLLMsError('config', `llamacpp: ${what}.`, { provider: 'llamacpp', cause })
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** SHA-256 of a file; of a model split into `m-00001-of-00003.gguf` and so on, of all its parts in their order. */
export async function hashGguf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for (const part of partsOf(path))
    for await (const chunk of createReadStream(part, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** The files that make a model, by the naming that `llama-gguf-split` gives them. */
export function partsOf(path: string): string[] {
  const split = /^(.*-)\d{5}(-of-(\d{5})\.gguf)$/s.exec(path)
  if (split === null) return [path]
  const [, before, after, count] = split
  return Array.from({ length: Number(count) }, (_, index) => `${before}${String(index + 1).padStart(5, '0')}${after}`)
}

const uint32Type = 4
const stringType = 8
const arrayType = 9
const uint64Type = 10
/** Bytes of each type of fixed size: integers, float32, bool, then 64-bit integers and float64. */
const bytesOfType: Record<number, number> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 }

/**
 * Undefined when the header goes on behind what was given.
 *
 * @throws an `Error` that says what is wrong with the bytes.
 */
export function parseGgufHeader(front: Buffer): GgufHeader | undefined {
  const magic = front.toString('latin1', 0, 4)
  if (magic !== 'GGUF') throw new Error(`it begins with ${JSON.stringify(magic)} and not with "GGUF"`)
  let position = 4
  /** The place of the next bytes, which are passed over. */
  const next = (length: number): number => {
    const place = position
    position += length
    if (position > front.length) throw endOfFront
    return place
  }
  const uint32 = (): number => front.readUInt32LE(next(4))
  const uint64 = (): number => Number(front.readBigUInt64LE(next(8)))
  const text = (): string => {
    const length = uint64()
    const place = next(length)
    return front.toString('utf8', place, place + length)
  }
  const skip = (type: number): unknown => {
    if (type === stringType) return next(uint64())
    if (bytesOfType[type] !== undefined) return next(bytesOfType[type])
    if (type !== arrayType) throw new Error(`it has a value of the unknown type ${type}`)
    const itemType = uint32()
    let count = uint64()
    if (bytesOfType[itemType] !== undefined) return next(bytesOfType[itemType] * count)
    while (count-- > 0) skip(itemType)
    return undefined
  }
  try {
    const version = uint32()
    if (version !== 2 && version !== 3) throw new Error(`it is GGUF version ${version}; versions 2 and 3 are known`)
    // The number of tensors.
    next(8)
    const metadata = new Map<string, string | number>()
    for (let entries = uint64(); entries > 0; entries--) {
      const key = text()
      const type = uint32()
      if (type === stringType) metadata.set(key, text())
      else if (type === uint32Type) metadata.set(key, uint32())
      else if (type === uint64Type) metadata.set(key, uint64())
      else skip(type)
    }
    return pick(metadata)
  } catch (error) {
    if (error === endOfFront) return undefined
    throw error
  }
}

const endOfFront = new Error('the header goes on')

function pick(metadata: Map<string, string | number>): GgufHeader {
  const architecture = metadata.get('general.architecture')
  const name = metadata.get('general.name')
  const chatTemplate = metadata.get('tokenizer.chat_template')
  const contextLength = metadata.get(`${architecture}.context_length`)
  return {
    ...(typeof architecture === 'string' && { architecture }),
    ...(typeof name === 'string' && name !== '' && { name }),
    ...(typeof contextLength === 'number' && { contextLength }),
    ...(typeof chatTemplate === 'string' && chatTemplate !== '' && { chatTemplate }),
  }
}

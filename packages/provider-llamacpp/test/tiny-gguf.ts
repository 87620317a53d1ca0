import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A number is a uint32; whatever else GGUF has is named. */
type Value =
  | string
  | number
  | boolean
  | readonly string[]
  | { uint64: number }
  | { float32: number }
  | { float32s: readonly number[] }
  | { int32s: readonly number[] }

export interface Tensor {
  name: string
  /** Rows come last, as GGUF has it. */
  shape: readonly number[]
  data: Float32Array
}

/** The bytes of a GGUF file. */
export function makeGguf(metadata: Record<string, Value>, tensors: readonly Tensor[] = [], version = 3): Buffer {
  const parts: Buffer[] = [Buffer.from('GGUF'), uint32(version), uint64(tensors.length)]
  parts.push(uint64(Object.keys(metadata).length))
  for (const [key, value] of Object.entries(metadata)) parts.push(text(key), Buffer.concat(typed(value)))
  let offset = 0
  for (const { name, shape, data } of tensors) {
    parts.push(text(name), uint32(shape.length), ...shape.map(uint64), uint32(0), uint64(offset))
    offset += aligned(data.byteLength)
  }
  const header = Buffer.concat(parts)
  const body = tensors.map(({ data }) => padded(Buffer.from(data.buffer)))
  return Buffer.concat([padded(header), ...body])
}

/**
 * A llama of one layer whose weights are random, with a vocabulary of the 256 bytes and some words: what it writes is
 * nonsense, much of it no valid UTF-8, and the same everywhere.
 */
export function makeTinyModel(chatTemplate?: string): Buffer {
  const [width, hidden, heads] = [32, 64, 4]
  const words = ['▁once', '▁upon', '▁a', '▁time', '▁the', '▁day', '▁', 'e', 't', 'o', 'n', 'a']
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)
  const tokens = ['<unk>', '<s>', '</s>', ...bytes, ...words]
  const random = randomNumbers(20_260_101)
  const tensor = (name: string, ...shape: number[]): Tensor => ({
    name: `${name}.weight`,
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => (shape.length === 1 ? 1 : random() - 0.5)),
  })
  return makeGguf(
    {
      'general.architecture': 'llama',
      'general.name': 'random',
      'general.file_type': 0,
      'llama.context_length': 256,
      'llama.embedding_length': width,
      'llama.block_count': 1,
      'llama.feed_forward_length': hidden,
      'llama.attention.head_count': heads,
      'llama.attention.head_count_kv': heads,
      'llama.rope.dimension_count': width / heads,
      'llama.attention.layer_norm_rms_epsilon': { float32: 1e-5 },
      'tokenizer.ggml.model': 'llama',
      'tokenizer.ggml.tokens': tokens,
      'tokenizer.ggml.scores': { float32s: tokens.map((_, index) => -index) },
      'tokenizer.ggml.token_type': {
        // 2 is unknown, 3 control, 6 a byte, 1 a word.
        int32s: tokens.map((_, index) => (index === 0 ? 2 : index < 3 ? 3 : index < 259 ? 6 : 1)),
      },
      'tokenizer.ggml.bos_token_id': 1,
      'tokenizer.ggml.eos_token_id': 2,
      'tokenizer.ggml.add_bos_token': true,
      ...(chatTemplate !== undefined && { 'tokenizer.chat_template': chatTemplate }),
    },
    [
      tensor('token_embd', width, tokens.length),
      tensor('output_norm', width),
      tensor('output', width, tokens.length),
      tensor('blk.0.attn_norm', width),
      ...['q', 'k', 'v', 'output'].map((part) => tensor(`blk.0.attn_${part}`, width, width)),
      tensor('blk.0.ffn_norm', width),
      tensor('blk.0.ffn_gate', width, hidden),
      tensor('blk.0.ffn_up', width, hidden),
      tensor('blk.0.ffn_down', hidden, width),
    ],
  )
}

/** A folder that goes away with the test file. */
export function temporaryFolder(): { write(name: string, content: string | Buffer): string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'insidellms-llamacpp-'))
  return {
    write(name, content) {
      const path = join(folder, name)
      writeFileSync(path, content)
      return path
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function typed(value: Value): Buffer[] {
  if (typeof value === 'string') return [uint32(8), text(value)]
  if (typeof value === 'number') return [uint32(4), uint32(value)]
  if (typeof value === 'boolean') return [uint32(7), Buffer.from([Number(value)])]
  if (Array.isArray(value)) return [uint32(9), uint32(8), uint64(value.length), ...value.map(text)]
  if ('uint64' in value) return [uint32(10), uint64(value.uint64)]
  if ('float32' in value) return [uint32(6), float32(value.float32)]
  if ('float32s' in value) return [uint32(9), uint32(6), uint64(value.float32s.length), ...value.float32s.map(float32)]
  if ('int32s' in value) return [uint32(9), uint32(5), uint64(value.int32s.length), ...value.int32s.map(uint32)]
  throw new TypeError('no such value')
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint64(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}

const alignment = 32

function aligned(length: number): number {
  return Math.ceil(length / alignment) * alignment
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)])
}

/** Numbers from 0 to 1, the same on every machine (a linear congruential generator, Numerical Recipes). */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

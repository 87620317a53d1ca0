import { createHash } from 'node:crypto'
import { InsideLLMsError } from '@insidellms/core'
import { afterAll, describe, expect, it } from 'vitest'
import { hashGguf, parseGgufHeader, partsOf, readGgufHeader } from '../src/gguf-file.ts'
import { makeGguf, makeTinyModel, temporaryFolder } from './tiny-gguf.ts'

const folder = temporaryFolder()
afterAll(folder.remove)

const header = {
  'general.architecture': 'llama',
  'general.name': 'Tiny',
  'general.flag': true,
  'general.scale': { float32: 1.5 },
  'tokenizer.ggml.tokens': ['<s>', 'é', ''],
  'tokenizer.ggml.scores': { float32s: [0, -1, -2] },
  'llama.context_length': 2048,
  'tokenizer.chat_template': '{{ messages }}',
}
const read = { architecture: 'llama', name: 'Tiny', contextLength: 2048, chatTemplate: '{{ messages }}' }

describe('readGgufHeader', () => {
  it('finds name, window and template behind lists and values of every kind', () => {
    expect(readGgufHeader(folder.write('a.gguf', makeGguf(header)))).toEqual(read)
    expect(parseGgufHeader(makeGguf(header, [], 2))).toEqual(read)
    expect(parseGgufHeader(makeGguf({ ...header, 'llama.context_length': { uint64: 2048 } }))).toEqual(read)
  })

  it('says nothing of what the file does not say', () => {
    expect(parseGgufHeader(makeGguf({}))).toEqual({})
    expect(parseGgufHeader(makeGguf({ 'general.name': '', 'llama.context_length': 512 }))).toEqual({})
  })

  it('reads a header that is longer than the first piece', () => {
    const tokens = Array.from({ length: 200_000 }, (_, index) => `token ${index}`)
    const path = folder.write('long.gguf', makeGguf({ first: tokens, ...header, 'general.name': 'Long' }))
    expect(readGgufHeader(path)).toEqual({ ...read, name: 'Long' })
  })

  it('never takes a header that is cut for a whole one', () => {
    const whole = makeGguf(header)
    const end = whole.lastIndexOf('}}') + 2
    for (let length = 4; length < end; length++) expect(parseGgufHeader(whole.subarray(0, length))).toBeUndefined()
    expect(parseGgufHeader(whole.subarray(0, end))).toEqual(read)
    expectConfig(() => readGgufHeader(folder.write('cut.gguf', whole.subarray(0, 100))), 'cut short')
  })

  it.each([
    ['an unknown version', makeGguf({}, [], 1), 'GGUF version 1'],
    ['another format', Buffer.from('PK\u0003\u0004 and so on'), 'and not with "GGUF"'],
    ['nothing', Buffer.alloc(0), 'and not with "GGUF"'],
    ['a length that cannot be', damaged(makeGguf({ a: 'text' })), 'cut short'],
    ['a type that does not exist', unknownType(makeGguf({ a: 1 })), 'unknown type 99'],
  ])('refuses %s', (name, bytes, reason) => {
    expectConfig(() => readGgufHeader(folder.write(`${name}.gguf`, bytes)), reason)
  })

  it('refuses what is no file', () => {
    expectConfig(() => readGgufHeader('/no/such/m.gguf'), 'there is no file')
    expectConfig(() => readGgufHeader(import.meta.dirname), 'cannot be used')
  })
})

describe('hashGguf', () => {
  it('is the SHA-256 of the file', async () => {
    const bytes = makeTinyModel()
    expect(await hashGguf(folder.write('m.gguf', bytes))).toBe(sha256(bytes))
  })

  it('is that of all parts of a split model, whichever of them is named', async () => {
    folder.write('m-00001-of-00002.gguf', 'first')
    const second = folder.write('m-00002-of-00002.gguf', 'second')
    expect(await hashGguf(second)).toBe(sha256('firstsecond'))
    expect(partsOf('a-00002-of-00003.gguf')).toEqual([1, 2, 3].map((part) => `a-0000${part}-of-00003.gguf`))
    expect(partsOf('a-1-of-3.gguf')).toEqual(['a-1-of-3.gguf'])
  })
})

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function damaged(gguf: Buffer): Buffer {
  gguf.writeBigUInt64LE(2n ** 62n, 24)
  return gguf
}

function unknownType(gguf: Buffer): Buffer {
  gguf.writeUInt32LE(99, 24 + 8 + 1)
  return gguf
}

function expectConfig(act: () => unknown, reason: string): void {
  let error: unknown
  try {
    act()
  } catch (thrown) {
    error = thrown
  }
  expect(InsideLLMsError.isInstance(error) && error.code).toBe('config')
  expect((error as Error).message).toContain(reason)
}

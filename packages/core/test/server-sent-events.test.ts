import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { serverSentEvents } from '../src/server-sent-events.ts'
import { collect } from './support.ts'

async function* chunksOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0
  for (let index = 0; start < bytes.length; index++) {
    const size = Math.max(1, sizes[index % Math.max(1, sizes.length)] ?? bytes.length)
    yield bytes.subarray(start, start + size)
    start += size
  }
}

async function read(text: string, sizes: readonly number[] = []): Promise<string[]> {
  return (await collect(serverSentEvents(chunksOf(new TextEncoder().encode(text), sizes)))).flat()
}

describe('serverSentEvents', () => {
  it.each([
    ['data: {"a":1}\n\ndata: [DONE]\n\n', ['{"a":1}', '[DONE]']],
    ['data:{"a":1}\r\n\r\ndata: [DONE]\r\n\r\n', ['{"a":1}', '[DONE]']],
    ['data: {"a":1}\r\rdata: [DONE]\r\r', ['{"a":1}', '[DONE]']],
    ['\u{feff}data: "bom"\n\n', ['"bom"']],
    [': comment\nevent: x\nid: 1\nretry: 5\ndata: "é€😀"\n\n', ['"é€😀"']],
    ['data: {"a":\ndata: 1}\n\n', ['{"a":\n1}']],
    ['data\n\ndata:\n\n', ['', '']],
    ['database: x\n\n', []],
    ['data: {"whole":1}', ['{"whole":1}']],
    ['data: {"cut":', []],
    ['data: [DONE]', ['[DONE]']],
    ['data: {"a":1}\ndata: [DONE]\n\n', ['{"a":1}', '[DONE]']],
    ['data: {"a":1}\n\ndata: [DONE]\n\ndata: "late"\n\n', ['{"a":1}', '[DONE]', '"late"']],
    ['', []],
  ])('reads %j, however it is cut', async (text, events) => {
    expect(await read(text)).toEqual(events)
    // One byte at a time the terminal marker is seen before what stands behind it.
    const upToMarker = events.includes('[DONE]') ? events.slice(0, events.indexOf('[DONE]') + 1) : events
    expect(await read(text, [1])).toEqual(upToMarker)
  })

  it('gives the same events for every way of cutting the bytes and ending the lines', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.json(), { maxLength: 5 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        async (values, end, sizes) => {
          const text = values.map((value) => `event: e${end}data: ${value}${end}${end}`).join('')
          expect(await read(text, sizes)).toEqual(values)
        },
      ),
    )
  })

  it('gives what came together at once', async () => {
    const bytes = new TextEncoder().encode('data: 1\n\ndata: 2\n\n')
    expect(await collect(serverSentEvents(chunksOf(bytes, [])))).toEqual([['1', '2']])
  })

  it('closes the body when its reader leaves', async () => {
    let closed = false
    const body = (async function* () {
      try {
        for (;;) yield new TextEncoder().encode('data: 1\n\n')
      } finally {
        closed = true
      }
    })()
    for await (const _ of serverSentEvents(body)) break
    expect(closed).toBe(true)
  })

  it('leaves a server that does not close behind its marker, and throws what the body throws', async () => {
    let cancelled = false
    const body = {
      async *[Symbol.asyncIterator]() {
        yield new TextEncoder().encode('data: [DONE]\n\n')
        await new Promise(() => undefined)
      },
      cancel: async () => void (cancelled = true),
    }
    expect(await collect(serverSentEvents(body))).toEqual([['[DONE]']])
    expect(cancelled).toBe(true)

    const broken = (async function* () {
      yield new TextEncoder().encode('data: 1\n\ndata: 2')
      throw new Error('reset')
    })()
    await expect(collect(serverSentEvents(broken))).rejects.toThrow('reset')
  })
})

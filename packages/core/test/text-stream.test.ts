import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { DriverModel } from '../src/driver-model.ts'
import type { ModelEvent } from '../src/model-event.ts'
import type { ModelResponse } from '../src/model-response.ts'
import { TextStream } from '../src/text-stream.ts'
import { collect, failure, fakeDriver, never, streaming, unhandledRejections } from './support.ts'

function model(...texts: string[]): DriverModel {
  return new DriverModel(fakeDriver({ events: streaming(...texts) }))
}

function failing(after: string[]): DriverModel {
  return new DriverModel(
    fakeDriver({
      async *events() {
        for (const text of after) yield { type: 'text', text }
        throw Object.assign(new Error('boom'), { status: 500 })
      },
    }),
    { maxRetries: 0 },
  )
}

describe('TextStream', () => {
  it('gives the texts, and the same response before, after and without an iteration', async () => {
    const after = model('a', 'b').stream('x')
    expect(await collect(after)).toEqual(['a', 'b'])
    expect((await after.response).text).toBe('ab')

    const before = model('a', 'b').stream('x')
    expect((await before.response).text).toBe('ab')
    expect(await collect(before)).toEqual(['a', 'b'])

    expect((await model('a', 'b').stream('x').response).text).toBe('ab')
    expect(await model('a', 'b').stream('x').response).toMatchObject({
      finish: { kind: 'stop' },
      served: { model: 'm-1' },
    })
  })

  it('can be taken apart before it is read', async () => {
    const stream = model('a', 'b', 'c').stream('x')
    const { response } = stream
    expect(await collect(stream)).toEqual(['a', 'b', 'c'])
    expect((await response).text).toBe('abc')
    expect(stream.response).toBe(response)
  })

  it('lets a reader await the response in the middle of the iteration', async () => {
    const stream = model('a', 'b', 'c').stream('x')
    const texts: string[] = []
    for await (const text of stream) {
      texts.push(text)
      expect((await stream.response).text).toBe('abc')
    }
    expect(texts).toEqual(['a', 'b', 'c'])
  })

  it('sends nothing until it is touched, and one request whatever touches it', async () => {
    const driver = fakeDriver({ events: streaming('a') })
    const untouched = new DriverModel(driver)
    const stream = untouched.stream('x')
    await Promise.resolve()
    expect(driver.requests).toHaveLength(0)
    void stream.response
    void stream.response
    await collect(stream)
    await stream.response
    expect(driver.requests).toHaveLength(1)
  })

  it('can be read once', async () => {
    const stream = model('a').stream('x')
    await collect(stream)
    expect(await failure(() => collect(stream))).toMatchObject({ code: 'invalid_request' })
  })

  it('throws an error once, and rejects the response with the same one', async () => {
    const stream = failing(['a']).stream('x')
    const iterator = stream[Symbol.asyncIterator]()
    expect(await iterator.next()).toEqual({ done: false, value: 'a' })
    const error = await failure(() => iterator.next())
    expect(error).toMatchObject({ code: 'server', partial: { text: 'a' } })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(await failure(() => stream.response)).toBe(error)
  })

  it('throws to the iteration too when the response was touched first', async () => {
    const stream = failing(['a', 'b']).stream('x')
    const error = await failure(() => stream.response)
    const iterator = stream[Symbol.asyncIterator]()
    expect((await iterator.next()).value).toBe('a')
    expect((await iterator.next()).value).toBe('b')
    expect(await failure(() => iterator.next())).toBe(error)
    expect((await iterator.next()).done).toBe(true)
  })

  it('leaves no unhandled rejection, whoever reads what', async () => {
    const seen = await unhandledRejections(async () => {
      const touched = failing([]).stream('x')
      void touched.response
      await new Promise((resolve) => setTimeout(resolve, 5))
      await failure(() => collect(touched))

      const iterated = failing(['a']).stream('x')
      await failure(() => collect(iterated))
      void iterated.response

      const left = model('a', 'b').stream('x')
      void left.response
      for await (const _ of left) break

      void failing([]).stream('x').response
    })
    expect(seen).toEqual([])
  })

  it.each([false, true])('aborts the request at a break (response touched first: %s)', async (touched) => {
    let aborted = false
    let cleaned = false
    const stream = new DriverModel(
      fakeDriver({
        async *events({ signal }) {
          signal?.addEventListener('abort', () => (aborted = true))
          try {
            yield { type: 'text', text: 'a' }
            yield { type: 'text', text: 'b' }
            await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
          } finally {
            cleaned = true
          }
        },
      }),
    ).stream('x')
    if (touched) void stream.response
    for await (const text of stream) if (text === 'a') break
    expect({ aborted, cleaned }).toEqual({ aborted: true, cleaned: true })
    expect(await failure(() => stream.response)).toMatchObject({ code: 'aborted' })
  })

  it('makes no request for a response that is touched after leaving an unread stream', async () => {
    const driver = fakeDriver({ events: streaming('a') })
    const stream = new DriverModel(driver).stream('x')
    await stream[Symbol.asyncIterator]().return?.()
    expect(await failure(() => stream.response)).toMatchObject({ code: 'aborted' })
    expect(driver.requests).toHaveLength(0)
  })

  it('does not hang at a return() while the driver ignores its signal', async () => {
    const stream = new DriverModel(
      fakeDriver({
        async *events() {
          yield { type: 'text', text: 'a' }
          await never
        },
      }),
    ).stream('x')
    void stream.response
    const iterator = stream[Symbol.asyncIterator]()
    await iterator.next()
    const waiting = iterator.next()
    await iterator.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(await failure(() => stream.response)).toMatchObject({ code: 'aborted' })
  })

  it('never takes a source without a finish event for a whole answer', async () => {
    const stream = new TextStream(async function* (): AsyncGenerator<ModelEvent> {
      yield { type: 'text', text: 'half' }
    })
    expect(await failure(() => collect(stream))).toMatchObject({ code: 'incomplete_stream', partial: { text: 'half' } })
    expect(await failure(() => stream.response)).toMatchObject({ code: 'incomplete_stream' })
  })

  it('throws what opening the source throws', async () => {
    const stream = new TextStream(() => {
      throw new TypeError('no')
    })
    await expect(stream.response).rejects.toThrow('no')
    await expect(collect(stream)).rejects.toThrow('no')
  })

  it('hands out every text once and in order, wherever the response is touched', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string()), fc.nat(8), fc.boolean(), async (texts, touchAt, awaited) => {
        const stream = model(...texts).stream('x')
        const got: string[] = []
        let response: Promise<ModelResponse> | undefined
        if (touchAt === 0) response = stream.response
        for await (const text of stream) {
          got.push(text)
          if (got.length === touchAt) {
            response = stream.response
            if (awaited) await response
          }
        }
        expect(got).toEqual(texts)
        expect((await (response ?? stream.response)).text).toBe(texts.join(''))
      }),
      { numRuns: 60 },
    )
  })
})

import { describe, expect, it } from 'vitest'
import { DriverModel, type ModelSettings } from '../src/driver-model.ts'
import type { GenerateOptions } from '../src/generate-options.ts'
import { cache, type CacheOptions } from '../src/middleware/cache.ts'
import type { ModelDriver } from '../src/model-driver.ts'
import { answer, collect, failure, fakeDriver, never } from './support.ts'

function counting(parts: Partial<ModelDriver> = {}): ModelDriver {
  let calls = 0
  return fakeDriver({
    respond: async () => answer(`answer ${++calls}`, { usage: { inputTokens: 1 } }),
    ...parts,
  })
}

function cached(driver: ModelDriver, options?: CacheOptions, settings?: ModelSettings): DriverModel {
  return new DriverModel(driver, { ...settings, middleware: [cache(options)] })
}

describe('cache', () => {
  it('gives the recorded answer, marked as one', async () => {
    const model = cached(counting())
    const first = await model.respond('x')
    const second = await model.respond('x')
    expect(second).toEqual({ ...first, timing: { startedAt: first.timing.startedAt, totalMs: 0, attempts: 0 } })
    second.parts.pop()
    expect((await model.respond('x')).parts).toHaveLength(1)
  })

  it('keeps apart all that can change an answer', async () => {
    const store = new Map()
    const model = cached(counting(), { store })
    const calls: [string | Parameters<DriverModel['respond']>[0], GenerateOptions?][] = [
      ['x'],
      ['y'],
      [[{ role: 'system', content: 'x' }]],
      [[{ role: 'user', content: [{ type: 'text', text: 'x' }] }]],
      [[{ role: 'user', content: [{ type: 'image', image: new Uint8Array([1]) }] }]],
      [[{ role: 'user', content: [{ type: 'image', image: new Uint8Array([2]) }] }]],
      ['x', { temperature: 0 }],
      ['x', { temperature: 1 }],
      ['x', { seed: 1 }],
      ['x', { maxTokens: 1 }],
      ['x', { stop: ['a'] }],
      ['x', { logprobs: true }],
      ['x', { providerOptions: { top_a: 1 } }],
      ['x', { providerOptions: { top_a: 2 } }],
      ['x', { responseFormat: { type: 'json_schema', schema: { a: {}, b: {} } } }],
      ['x', { responseFormat: { type: 'json_schema', schema: { b: {}, a: {} } } }],
      ['x', { onUnsupported: 'error' }],
    ]
    const texts: string[] = []
    for (const [input, options] of calls) texts.push((await model.respond(input, options)).text)
    expect(new Set(texts).size).toBe(calls.length)
    // The order in which options are given is no difference.
    await model.respond('x', { temperature: 0, seed: 1 })
    await model.respond('x', { seed: 1, temperature: 0 })
    expect(store.size).toBe(calls.length + 1)

    const info = fakeDriver().info()
    for (const other of [
      { ...info, provider: 'p' },
      { ...info, modelId: 'n' },
      { ...info, extra: { baseUrl: 'u' } },
    ])
      await cached(counting({ info: () => other }), { store }).respond('x')
    await cached(counting(), { store, salt: 'repeat 2' }).respond('x')
    expect(store.size).toBe(calls.length + 5)
  })

  it('never keeps an error', async () => {
    let calls = 0
    const model = cached(
      fakeDriver({
        async respond() {
          if (++calls === 1) throw Object.assign(new Error('x'), { status: 400 })
          return answer('ok')
        },
      }),
    )
    await failure(() => model.respond('x'))
    expect((await model.respond('x')).text).toBe('ok')

    const store = new Map()
    const cut = cached(
      fakeDriver({
        async *events() {
          yield { type: 'text', text: 'half' }
        },
      }),
      { store },
    )
    await failure(() => collect(cut.events('x')))
    expect(store.size).toBe(0)
  })

  it('streams a recorded answer in the shape of a stream, from either kind of call', async () => {
    const parts = [
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'a' },
      { type: 'tool-call', id: 'c', name: 'f', arguments: '{}' },
      { type: 'other', kind: 'k', data: {} },
      { type: 'text', text: 'b' },
    ] as const
    const model = cached(counting({ respond: async () => answer('', { parts: [...parts] }) }))
    const whole = await model.respond('x')
    const events = await collect(model.events('x'))
    expect(events.map(({ type }) => type)).toEqual(['reasoning', 'text', 'tool-call', 'text', 'finish'])
    expect(events.at(-1)).toMatchObject({ response: { ...whole, timing: { attempts: 0 } } })
    expect(await collect(model.stream('x'))).toEqual(['a', 'b'])

    const streamed = cached(counting())
    await collect(streamed.stream('x'))
    expect((await streamed.respond('x')).timing).toEqual({
      startedAt: expect.any(String),
      totalMs: 0,
      attempts: 0,
    })
  })

  it('lets a reader leave while it waits', async () => {
    const model = cached(
      fakeDriver({
        // eslint-disable-next-line require-yield -- it never gets that far
        async *events() {
          await never
        },
      }),
    )
    const iterator = model.events('x')[Symbol.asyncIterator]()
    const waiting = failure(() => iterator.next())
    await new Promise((resolve) => setImmediate(resolve))
    await iterator.return?.()
    expect(await waiting).toMatchObject({ code: 'aborted' })
  })
})

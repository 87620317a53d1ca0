import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DriverModel } from '../src/driver-model.ts'
import { rateLimit, type RateLimitOptions } from '../src/middleware/rate-limit.ts'
import { retry } from '../src/middleware/retry.ts'
import { answer, collect, failure, fakeDriver } from './support.ts'

function limited(options: RateLimitOptions, usage?: number): [DriverModel, { times: number[]; prompts: unknown[] }] {
  const seen = { times: [] as number[], prompts: [] as unknown[] }
  const driver = fakeDriver({
    async respond({ messages }) {
      seen.times.push(performance.now())
      seen.prompts.push(messages[0]?.content)
      return answer('ok', usage === undefined ? {} : { usage: { totalTokens: usage } })
    },
  })
  return [new DriverModel(driver, { middleware: [rateLimit(options)] }), seen]
}

describe('rateLimit', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('begins calls no faster than allowed, in their order, streams among them', async () => {
    const [model, seen] = limited({ requestsPerMinute: 60 })
    const start = performance.now()
    const prompts = Array.from({ length: 90 }, (_, index) => String(index))
    const all = Promise.all(
      prompts.map((prompt, index) => (index % 2 ? model.generate(prompt) : collect(model.stream(prompt)))),
    )
    await vi.advanceTimersByTimeAsync(0)
    expect(seen.prompts).toHaveLength(60)
    await vi.advanceTimersByTimeAsync(29_000)
    expect(seen.prompts.length).toBeLessThan(90)
    await vi.advanceTimersByTimeAsync(2000)
    await all
    expect(seen.prompts).toEqual(prompts)
    expect(seen.times.at(-1)! - start).toBeGreaterThanOrEqual(29_900)
  })

  it('reserves what a call is likely to use, and charges what it used', async () => {
    const [model, seen] = limited({ tokensPerMinute: 1000 }, 100)
    // Each reserves 1 + 499 and uses 100: after two answers 800 are left again.
    await model.generate('abcd', { maxTokens: 499 })
    await model.generate('abcd', { maxTokens: 499 })
    await model.generate('abcd', { maxTokens: 799 })
    expect(seen.times).toHaveLength(3)
    void model.generate('abcd', { maxTokens: 999 })
    await vi.advanceTimersByTimeAsync(17_000)
    expect(seen.times).toHaveLength(3)
    await vi.advanceTimersByTimeAsync(2000)
    expect(seen.times).toHaveLength(4)
  })

  it('lets a call that is larger than the bucket go when it is full', async () => {
    const [model, seen] = limited({ tokensPerMinute: 10 })
    await model.generate('x'.repeat(400))
    expect(seen.times).toHaveLength(1)
  })

  it('does not count the bytes of an image as characters', async () => {
    const [model, seen] = limited({ tokensPerMinute: 1000 })
    const image = { type: 'image' as const, image: new Uint8Array(1_000_000) }
    await model.respond([{ role: 'user', content: [{ type: 'text', text: 'abcd' }, image] }])
    await model.generate('x'.repeat(3996))
    expect(seen.times).toHaveLength(2)
  })

  it('lets go at once of a call that is aborted in the queue, and of no other', async () => {
    const [model, seen] = limited({ requestsPerMinute: 1 })
    await model.generate('first')
    const controller = new AbortController()
    void model.generate('second')
    const third = failure(() => model.generate('third', { signal: controller.signal }))
    const fourth = model.generate('fourth')
    controller.abort()
    expect(await third).toMatchObject({ code: 'aborted' })
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(121_000)
    await fourth
    expect(seen.prompts).toEqual(['first', 'second', 'fourth'])
  })

  it('counts attempts when retry stands before it', async () => {
    let calls = 0
    const driver = fakeDriver({
      async respond() {
        if (++calls < 3) throw Object.assign(new Error('x'), { status: 503 })
        return answer('ok')
      },
    })
    const model = new DriverModel(driver, {
      maxRetries: 0,
      middleware: [retry({ baseDelayMs: 0 }), rateLimit({ requestsPerMinute: 2 })],
    })
    const waiting = model.respond('x')
    await vi.advanceTimersByTimeAsync(20_000)
    expect(calls).toBe(2)
    await vi.advanceTimersByTimeAsync(20_000)
    expect((await waiting).timing.attempts).toBe(3)
  })

  it.each([0, -1, Number.NaN])('refuses a limit of %s', async (limit) => {
    expect(await failure(() => rateLimit({ requestsPerMinute: limit }))).toMatchObject({ code: 'config' })
  })
})

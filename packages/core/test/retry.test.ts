import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { InsideLLMsError } from '../src/insidellms-error.ts'
import type { ModelDriver } from '../src/model-driver.ts'
import { type RetryOptions, retry } from '../src/middleware/retry.ts'
import { prepareDriver } from '../src/prepare-driver.ts'
import { parseRetryAfter } from '../src/retry-after.ts'
import { answer, collect, failure, fakeDriver } from './support.ts'

const request = { messages: [{ role: 'user' as const, content: 'x' }], options: {}, onUnsupported: 'warn' as const }

/** Fails as told, then answers. */
function flaky(...failures: object[]): ModelDriver & { calls: number } {
  const driver = {
    ...fakeDriver({
      async respond() {
        const failing = failures[driver.calls++]
        if (failing) throw Object.assign(new Error('no'), failing)
        return answer('ok')
      },
      explainError: (error) => error as { status: number; headers: Record<string, string> },
    }),
    calls: 0,
  }
  return driver
}

function retried(driver: ModelDriver, options?: RetryOptions): ReturnType<typeof prepareDriver> {
  return retry({ baseDelayMs: 0, ...options })(prepareDriver(driver))
}

describe('retry', () => {
  it.each([408, 409, 429, 500, 502, 503, 529])('asks again after %i', async (status) => {
    const driver = flaky({ status }, { status })
    const { timing } = await retried(driver).respond(request)
    expect(timing.attempts).toBe(3)
    expect(driver.calls).toBe(3)
  })

  it.each([400, 401, 402, 403, 404, 413, 418, 422])(
    'never asks again after %i, whatever the driver says',
    async (status) => {
      const driver = flaky({ status, retryable: true })
      expect(await failure(() => retried(driver).respond(request))).toMatchObject({ status, attempts: 1 })
      expect(driver.calls).toBe(1)
    },
  )

  it('asks again after broken connections and incomplete streams, never after an abort or a wrong answer', async () => {
    for (const code of ['network', 'timeout', 'incomplete_stream', 'server'] as const) {
      const driver = fakeDriver({ respond: async () => Promise.reject(new InsideLLMsError(code, 'x')) })
      await failure(() => retried(driver).respond(request))
      expect(driver.requests, code).toHaveLength(3)
    }
    for (const code of ['aborted', 'invalid_response', 'context_overflow', 'unsupported'] as const) {
      const driver = fakeDriver({ respond: async () => Promise.reject(new InsideLLMsError(code, 'x')) })
      await failure(() => retried(driver).respond(request))
      expect(driver.requests, code).toHaveLength(1)
    }
  })

  it('gives up after maxRetries, and the error says how often it tried', async () => {
    const driver = flaky(...Array.from({ length: 9 }, () => ({ status: 503 })))
    expect(await failure(() => retried(driver, { maxRetries: 4 }).respond(request))).toMatchObject({ attempts: 5 })
    expect(driver.calls).toBe(5)
    const once = flaky({ status: 503 })
    expect(await failure(() => retried(once, { maxRetries: 0 }).respond(request))).toMatchObject({ attempts: 1 })
  })

  it('waits as long as retry-after says, and not a moment less', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] })
    try {
      for (const [headersNow, milliseconds] of [
        [() => ({ 'retry-after': '90' }), 90_000],
        [() => ({ 'retry-after': new Date(Date.now() + 120_000).toUTCString() }), 119_000],
        [() => ({ 'retry-after-ms': '1500', 'retry-after': '60' }), 1500],
      ] as const) {
        const waits: number[] = []
        const driver = flaky({ status: 429, headers: headersNow() })
        const waiting = retried(driver, { maxDelayMs: 10, onRetry: ({ delayMs }) => waits.push(delayMs) }).respond(
          request,
        )
        await vi.advanceTimersByTimeAsync(milliseconds - 1001)
        expect(driver.calls).toBe(1)
        await vi.advanceTimersByTimeAsync(2000)
        const { timing } = await waiting
        expect(timing).toMatchObject({ attempts: 2 })
        expect(timing.totalMs).toBeGreaterThanOrEqual(milliseconds)
        expect(waits[0]).toBeGreaterThanOrEqual(milliseconds)
      }
    } finally {
      vi.useRealTimers()
    }
  })

  it('does not begin a wait that would pass its deadline', async () => {
    const driver = flaky({ status: 429, headers: { 'retry-after': '3600' } })
    const error = await failure(() => retried(driver, { deadlineMs: 60_000 }).respond(request))
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 3_600_000, attempts: 1 })
  })

  it('stops waiting at an abort, and leaves no listener', async () => {
    const controller = new AbortController()
    const driver = flaky({ status: 429, headers: { 'retry-after': '100' } })
    const waiting = failure(() =>
      retried(driver, { onRetry: () => queueMicrotask(() => controller.abort()) }).respond({
        ...request,
        signal: controller.signal,
      }),
    )
    expect(await waiting).toMatchObject({ code: 'aborted', attempts: 1, provider: 'fake' })
    expect(driver.calls).toBe(1)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })

  it('asks a stream again only before its first event', async () => {
    let calls = 0
    const driver = fakeDriver({
      async *events() {
        if (++calls < 3) throw Object.assign(new Error('no'), { status: 503 })
        yield { type: 'text', text: 'a' }
        if (calls === 3) yield { type: 'finish', response: answer('a') }
        throw Object.assign(new Error('no'), { status: 503 })
      },
    })
    const events = await collect(retried(driver).events(request))
    expect(events.at(-1)).toMatchObject({ type: 'finish', response: { timing: { attempts: 3 } } })
    expect(await failure(() => collect(retried(driver).events(request)))).toMatchObject({ partial: { text: 'a' } })
    expect(calls).toBe(4)
  })

  it('begins no further attempt when the reader of a stream leaves while it waits', async () => {
    let calls = 0
    const driver = fakeDriver({
      // eslint-disable-next-line require-yield -- it fails before its first event
      async *events() {
        calls++
        throw Object.assign(new Error('no'), { status: 503 })
      },
    })
    const iterator = retried(driver, {
      baseDelayMs: 60_000,
      onRetry: () => queueMicrotask(() => iterator.return?.()),
    }).events(request)
    expect(await failure(() => iterator.next())).toMatchObject({ code: 'aborted' })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(calls).toBe(1)
  })

  it('takes explicit undefined for "not given", and refuses what makes no sense', async () => {
    expect(
      (await retried(flaky({ status: 503 }), { maxRetries: undefined } as unknown as RetryOptions).respond(request))
        .text,
    ).toBe('ok')
    for (const wrong of [{ maxRetries: -1 }, { maxRetries: 1.5 }, { baseDelayMs: -1 }, { deadlineMs: Number.NaN }])
      expect(await failure(() => retry(wrong))).toMatchObject({ code: 'config' })
  })
})

describe('parseRetryAfter', () => {
  const read = (headers: Record<string, string>): number | undefined =>
    parseRetryAfter((name) => headers[name], Date.parse('2026-01-01T00:00:00Z'))

  it.each([
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': ' 1.5 ' }, 1500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:01:30 GMT' }, 90_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '250' }, 250],
    [{ 'retry-after-ms': 'soon', 'retry-after': '2' }, 2000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-3' }, undefined],
    [{}, undefined],
  ])('reads %j as %s', (headers, milliseconds) => {
    expect(read(headers as Record<string, string>)).toBe(milliseconds)
  })
})

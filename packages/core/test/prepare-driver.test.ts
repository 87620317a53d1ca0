import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import type { DriverEvent, DriverResponse, ModelDriver } from '../src/model-driver.ts'
import { prepareDriver } from '../src/prepare-driver.ts'
import { answer, collect, failure, fakeDriver, never, streaming, unhandledRejections } from './support.ts'

const request = { messages: [{ role: 'user' as const, content: 'x' }], options: {}, onUnsupported: 'warn' as const }

describe('respond', () => {
  it('completes a response', async () => {
    const { text, ledger, timing } = await prepareDriver(fakeDriver()).respond(request)
    expect({ text, ledger }).toEqual({ text: 'ok', ledger: {} })
    expect(timing).toEqual({ startedAt: expect.stringMatching(/Z$/), totalMs: expect.any(Number), attempts: 1 })
  })

  it('ends in time with a driver that ignores its signal, and leaves no timer or listener', async () => {
    const prepared = prepareDriver(fakeDriver({ respond: () => never }))
    expect(await failure(() => prepared.respond({ ...request, timeoutMs: 5 }))).toMatchObject({
      code: 'timeout',
      retryable: true,
      provider: 'fake',
      modelId: 'm',
      attempts: 1,
    })
    const controller = new AbortController()
    const waiting = failure(() => prepared.respond({ ...request, signal: controller.signal }))
    controller.abort('reason')
    expect(await waiting).toMatchObject({ code: 'aborted', retryable: false, cause: 'reason' })
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })

  it('asks nothing under a signal that is aborted already', async () => {
    const driver = fakeDriver({ events: streaming('a') })
    const aborted = { ...request, signal: AbortSignal.abort() }
    expect(await failure(() => prepareDriver(driver).respond(aborted))).toMatchObject({ code: 'aborted' })
    expect(await failure(() => collect(prepareDriver(driver).events(aborted)))).toMatchObject({ code: 'aborted' })
    expect(driver.requests).toHaveLength(0)
  })

  it('clears its timer', async () => {
    vi.useFakeTimers()
    try {
      await prepareDriver(fakeDriver()).respond(request)
      await failure(() => prepareDriver(fakeDriver({ respond: () => Promise.reject(new Error('x')) })).respond(request))
      await collect(prepareDriver(fakeDriver({ events: streaming('a') })).events(request))
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('takes a driver that throws at once, or gives a bare value', async () => {
    const throwing = fakeDriver({
      respond() {
        throw new Error('at once')
      },
    })
    expect((await failure(() => prepareDriver(throwing).respond(request))).message).toContain('fake m: at once.')
    const bare = fakeDriver({ respond: () => answer('bare') as unknown as Promise<DriverResponse> })
    expect((await prepareDriver(bare).respond(request)).text).toBe('bare')
  })

  it.each([undefined, null, {}, { parts: [] }, { finish: { kind: 'stop' } }])(
    'refuses %j as a response',
    async (wrong) => {
      const driver = fakeDriver({ respond: async () => wrong as unknown as DriverResponse })
      const error = await failure(() => prepareDriver(driver).respond(request))
      expect(error).toMatchObject({ code: 'invalid_response', provider: 'fake' })
      expect(error.message).toContain('parts')
    },
  )

  it('keeps the methods of a driver that is a class', async () => {
    class Driver implements ModelDriver {
      readonly specVersion = 1
      readonly supports = []
      readonly #id = 'classy'
      info(): ReturnType<ModelDriver['info']> {
        return { ...fakeDriver().info(), modelId: this.#id }
      }
      async respond(): Promise<DriverResponse> {
        return answer(this.#id)
      }
      async listModels(): Promise<ReturnType<ModelDriver['info']>[]> {
        return [this.info()]
      }
      async close(): Promise<void> {
        throw new Error('stuck')
      }
    }
    const prepared = prepareDriver(new Driver())
    expect(prepared.info().modelId).toBe('classy')
    expect((await prepared.respond(request)).text).toBe('classy')
    expect(await prepared.listModels?.()).toHaveLength(1)
    expect(prepared.countTokens).toBeUndefined()
    expect(await failure(() => prepared.close?.())).toMatchObject({ provider: 'fake' })
  })

  it('types the errors of listModels and countTokens, and ends them in time', async () => {
    const prepared = prepareDriver(
      fakeDriver({
        listModels: () => Promise.reject(Object.assign(new Error('key sk-secret-1 is wrong'), { status: 401 })),
        countTokens: () => never,
        secrets: () => ['sk-secret-1'],
      }),
    )
    const error = await failure(() => prepared.listModels?.())
    expect(error).toMatchObject({ code: 'auth', status: 401 })
    expect(error.message).not.toContain('sk-secret-1')
    expect(await failure(() => prepared.countTokens?.({ ...request, timeoutMs: 5 }))).toMatchObject({ code: 'timeout' })
  })
})

describe('events', () => {
  it('are one chunk and a finish where the driver has none', async () => {
    expect(await collect(prepareDriver(fakeDriver()).events(request))).toMatchObject([
      { type: 'text', text: 'ok' },
      { type: 'finish', response: { text: 'ok', timing: { firstTokenMs: expect.any(Number), attempts: 1 } } },
    ])
  })

  it('without a finish are incomplete, with what had arrived', async () => {
    const driver = fakeDriver({
      async *events() {
        yield { type: 'text', text: 'ha' }
        yield { type: 'text', text: 'lf' }
      },
    })
    const error = await failure(() => collect(prepareDriver(driver).events(request)))
    expect(error).toMatchObject({
      code: 'incomplete_stream',
      partial: { text: 'half' },
      retryable: true,
      provider: 'fake',
    })
  })

  it('of a connection that breaks are a network error before the first delta, and incomplete after it', async () => {
    const broken = (...texts: string[]): ModelDriver =>
      fakeDriver({
        async *events() {
          for (const text of texts) yield { type: 'text', text }
          throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
        },
      })
    const before = await failure(() => collect(prepareDriver(broken()).events(request)))
    expect(before).toMatchObject({ code: 'network', retryable: true })
    expect(before.partial).toBeUndefined()
    const after = await failure(() => collect(prepareDriver(broken('ha', 'lf')).events(request)))
    expect(after).toMatchObject({ code: 'incomplete_stream', partial: { text: 'half' } })
    expect(after.cause).toMatchObject({ code: 'ECONNRESET' })
  })

  it('keep the partial text with any other error too', async () => {
    const driver = fakeDriver({
      async *events() {
        yield { type: 'text', text: 'half' }
        throw Object.assign(new Error('overloaded'), { status: 529 })
      },
    })
    expect(await failure(() => collect(prepareDriver(driver).events(request)))).toMatchObject({
      code: 'server',
      status: 529,
      partial: { text: 'half' },
    })
  })

  it('end at the finish: later ones are not read, and the driver cleans up', async () => {
    let cleaned = false
    const driver = fakeDriver({
      async *events() {
        try {
          yield { type: 'text', text: 'a' }
          yield { type: 'finish', response: answer('a') }
          yield { type: 'text', text: 'late' }
        } finally {
          cleaned = true
          // eslint-disable-next-line no-unsafe-finally -- a driver that fails at cleaning up
          throw new Error('cleaning failed')
        }
      },
    })
    const events = await collect(prepareDriver(driver).events(request))
    expect(events.map(({ type }) => type)).toEqual(['text', 'finish'])
    expect(cleaned).toBe(true)
  })

  it('end in time with a driver that never goes on, and with one that throws at once', async () => {
    const stuck = fakeDriver({
      async *events() {
        yield { type: 'text', text: 'a' }
        await never
      },
    })
    expect(await failure(() => collect(prepareDriver(stuck).events({ ...request, timeoutMs: 10 })))).toMatchObject({
      code: 'timeout',
      partial: { text: 'a' },
    })
    const throwing = fakeDriver({
      events() {
        throw new Error('at once')
      },
    })
    expect((await failure(() => collect(prepareDriver(throwing).events(request)))).message).toContain('at once')
  })

  it('can be aborted at every place, and leave nothing behind', async () => {
    for (const at of [0, 1, 2]) {
      let driverSignal: AbortSignal | undefined
      const driver = fakeDriver({
        async *events({ signal }): AsyncGenerator<DriverEvent> {
          driverSignal = signal
          for (const text of ['a', 'b', 'c']) yield { type: 'text', text }
          yield { type: 'finish', response: answer('abc') }
        },
      })
      const controller = new AbortController()
      const iterator = prepareDriver(driver).events({ ...request, signal: controller.signal })
      const seen = await unhandledRejections(async () => {
        for (let index = 0; index < at; index++) await iterator.next()
        controller.abort()
        expect(await failure(() => iterator.next())).toMatchObject({ code: 'aborted' })
      })
      expect(seen).toEqual([])
      expect(await iterator.next()).toEqual({ done: true, value: undefined })
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
      expect(driverSignal?.aborted ?? true).toBe(true)
    }
  })

  it('tell the driver when their reader leaves, and make no request when it leaves first', async () => {
    const driver = fakeDriver({ events: streaming('a', 'b') })
    const unread = prepareDriver(driver).events(request)
    await unread.return?.()
    expect(await unread.next()).toEqual({ done: true, value: undefined })
    expect(driver.requests).toHaveLength(0)

    for await (const _ of prepareDriver(driver).events(request)) break
    expect(driver.requests[0]?.signal?.aborted).toBe(true)
  })

  it('survive an iterator without return()', async () => {
    const driver = fakeDriver({
      events: () => ({
        [Symbol.asyncIterator]: () => ({ next: async () => Promise.reject(new Error('x')) }),
      }),
    })
    expect(await failure(() => collect(prepareDriver(driver).events(request)))).toMatchObject({ provider: 'fake' })
  })
})

import { InsideLLMsError, type ModelEvent } from '@insidellms/core'
import type { Bench } from '../bench.ts'
import { check, checkEqual, show, within } from '../check.ts'
import { type GroupedCase, group } from '../conformance-case.ts'
import type { Chunk } from '../reply.ts'

/** The vendor never answers, and says when it was asked. */
function playSilence(bench: Bench): Promise<void> {
  return new Promise((asked) =>
    bench.play(() => {
      asked()
      return new Promise(() => undefined)
    }),
  )
}

/** The vendor sends a stream but for its end, says when it has, and then sends nothing more. */
function playUnfinished(bench: Bench): Promise<void> {
  const sent = Promise.withResolvers<void>()
  async function* beginning(chunks: Chunk[]): AsyncGenerator<Chunk> {
    yield* chunks.slice(0, -1)
    sent.resolve()
  }
  bench.playStream(beginning, {}, { endWith: 'hang' })
  return sent.promise
}

async function checkAbandoned(bench: Bench, what: string): Promise<void> {
  const ended = await within(bench.calls.at(-1)!.ended, 5000, `${what}: closing the connection`)
  checkEqual(ended, 'abandoned', `${what}: how the request ended`)
}

async function checkAborted(call: Promise<unknown>, what: string): Promise<void> {
  const outcome = await within(
    call.then(
      (answer) => answer,
      (error: unknown) => error,
    ),
    5000,
    `${what}: the end of the call`,
  )
  check(
    InsideLLMsError.isInstance(outcome) && outcome.code === 'aborted',
    `${what}: it must throw \`aborted\`; it gave ${show(outcome)}.`,
  )
}

/** Something has probably arrived; a driver that holds its deltas back is the matter of another case. */
async function begun(first: Promise<unknown>): Promise<void> {
  await Promise.race([first.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 500))])
}

export const abortCases: readonly GroupedCase[] = group('abort', [
  {
    id: 'abort-before',
    proves: 'A call whose signal is aborted already makes no request, whole or streamed.',
    needs: 'driver',
    async run(bench) {
      const driver = await bench.driver()
      const request = bench.request({ options: bench.shortAnswer(driver), signal: AbortSignal.abort() })
      const responded = await driver.respond(request).catch(() => 'rejected')
      checkEqual(responded, 'rejected', 'What respond() gave')
      const events = driver.events?.(request)[Symbol.asyncIterator]()
      const streamed = await events?.next().catch(() => 'rejected')
      checkEqual(streamed ?? 'rejected', 'rejected', 'What the stream gave')
      checkEqual(bench.calls.length, 0, 'The number of requests')
    },
  },
  {
    id: 'abort-while-waiting',
    proves: 'An abort before the first byte of the answer ends the call with `aborted`, and closes the connection.',
    needs: 'wire',
    async run(bench) {
      const asked = playSilence(bench)
      const controller = new AbortController()
      const call = (await bench.model()).respond('Once upon a time', { signal: controller.signal })
      call.catch(() => undefined)
      await within(asked, 10_000, 'The request')
      controller.abort()
      await checkAborted(call, 'Aborted while waiting')
      await checkAbandoned(bench, 'Aborted while waiting')
    },
  },
  {
    id: 'abort-in-body',
    proves: 'An abort in the middle of a whole answer ends the call with `aborted`, and closes the connection.',
    needs: 'wire',
    async run(bench) {
      const half = Promise.withResolvers<void>()
      bench.play((request) => {
        const reply = bench.wire.answer(bench.answer(), request)
        const body = Buffer.from(String(reply.chunks[0]))
        async function* chunks(): AsyncGenerator<Chunk> {
          yield body.subarray(0, body.length / 2)
          half.resolve()
        }
        return { ...reply, chunks: chunks(), endWith: 'hang' }
      })
      const controller = new AbortController()
      const call = (await bench.model()).respond('Once upon a time', { signal: controller.signal })
      call.catch(() => undefined)
      await within(half.promise, 10_000, 'Half of the answer')
      controller.abort()
      await checkAborted(call, 'Aborted in the body')
      await checkAbandoned(bench, 'Aborted in the body')
    },
  },
  {
    id: 'abort-in-stream',
    proves: 'An abort in the middle of a stream ends it with `aborted`, and closes the connection.',
    needs: 'wire',
    async run(bench) {
      const sent = playUnfinished(bench)
      const controller = new AbortController()
      const reading = readOn((await bench.model()).events('Once upon a time', { signal: controller.signal }))
      reading.catch(() => undefined)
      await within(sent, 10_000, 'The beginning of a stream')
      // The reader has it all and waits for more.
      await new Promise((resolve) => setTimeout(resolve, 50))
      controller.abort()
      await checkAborted(reading, 'Aborted in the stream')
      await checkAbandoned(bench, 'Aborted in the stream')
    },
  },
  {
    id: 'break-aborts',
    proves: 'Leaving a stream early closes its connection, and does not wait for the rest.',
    needs: 'wire',
    async run(bench) {
      void playUnfinished(bench)
      // What core does when a reader leaves, without core's patience for drivers that never come back.
      const controller = new AbortController()
      const driver = await bench.driver()
      const events = driver.events?.(bench.request({ signal: controller.signal }))[Symbol.asyncIterator]()
      await begun(Promise.resolve(events?.next()))
      controller.abort()
      await within(
        Promise.resolve(events?.return?.()).catch(() => undefined),
        5000,
        'Leaving the stream',
      )
      await checkAbandoned(bench, 'Left the stream')
    },
  },
  {
    id: 'works-after-abort',
    proves: 'After an abort in a stream, and after a break out of one, the next call of the same driver works.',
    needs: 'driver',
    async run(bench) {
      const model = await bench.model()
      const options = bench.shortAnswer(await bench.driver())
      for (const how of ['abort', 'break'] as const) {
        const controller = new AbortController()
        const events = model.events('Once upon a time', { ...options, signal: controller.signal })
        await begun(events.next())
        if (how === 'abort') controller.abort()
        await within(events.return!(), 5000, 'Leaving the stream')
        await within(model.respond('Once upon a time', options), 20_000, `The next call after the ${how}`)
      }
    },
  },
  {
    id: 'abort-after',
    proves: 'An abort after the end of a call changes nothing: the answer stays, and the next call works.',
    needs: 'driver',
    async run(bench) {
      const driver = await bench.driver()
      const options = bench.shortAnswer(driver)
      const controller = new AbortController()
      const request = bench.request({ options, signal: controller.signal })
      const response = await driver.respond(request)
      for await (const event of driver.events?.(request) ?? []) if (event.type === 'finish') break
      const before = structuredClone(response)
      controller.abort()
      await new Promise((resolve) => setTimeout(resolve, 20))
      checkEqual(response, before, 'The response after the abort')
      await within(driver.respond(bench.request({ options })), 10_000, 'The next call')
    },
  },
  {
    id: 'abort-is-its-own',
    proves: 'Aborting one call leaves the others of the same driver alone.',
    needs: 'wire',
    async run(bench) {
      const aborted = Promise.withResolvers<void>()
      bench.playStream(async function* (chunks): AsyncGenerator<Chunk> {
        yield* chunks.slice(0, -1)
        await aborted.promise
        yield* chunks.slice(-1)
      })
      const model = await bench.model()
      const controller = new AbortController()
      const one = model.events('Once upon a time', { signal: controller.signal })
      const other = model.events('Once upon a time')
      const first = [one.next(), other.next()]
      await begun(Promise.allSettled(first))
      controller.abort()
      await within(Promise.allSettled([first[0], one.next()]), 5000, 'The end of the aborted stream')
      // The vendor ends the other stream only when the abort has had its effect.
      await within(bench.calls[0]!.ended, 5000, 'Closing the connection of the aborted call').catch(() => undefined)
      aborted.resolve()
      let last: ModelEvent | undefined
      for await (const event of other) last = event
      checkEqual(last?.type, 'finish', 'The last event of the other stream')
    },
  },
])

async function readOn(events: AsyncIterableIterator<ModelEvent>): Promise<string> {
  for await (const event of events) if (event.type === 'finish') return 'a finish event'
  return 'an end without an error'
}

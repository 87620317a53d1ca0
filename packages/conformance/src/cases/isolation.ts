import { getEventListeners } from 'node:events'
import type { DriverModel } from '@insidellms/core'
import { alone } from '../alone.ts'
import type { Bench } from '../bench.ts'
import { captureRejections } from '../capture.ts'
import { checkEqual, eventually } from '../check.ts'
import { type GroupedCase, group } from '../conformance-case.ts'
import { split, toBytes, type WireReply } from '../reply.ts'
import type { RecordedRequest } from '../scripted-server.ts'
import { type OpenHandles, traceHandles } from '../trace-handles.ts'

const questions = [1, 2, 3, 4, 5, 6].map((number) => `Question ${number}:`)

/** The vendor answers each question with its number, and none before all have arrived. */
function numberedAnswers(bench: Bench): (request: RecordedRequest) => Promise<WireReply> {
  const all = Promise.withResolvers<void>()
  // A driver that asks one after another is slow, but mixes nothing.
  const late = setTimeout(all.resolve, 2000)
  let arrived = 0
  return async (request) => {
    if (++arrived === questions.length) all.resolve()
    await all.promise
    clearTimeout(late)
    const number = /Question (\d)/.exec(request.body)?.[1]
    return bench.wire.answer(bench.answer({ text: ['Answer ', 'number ', `${number}.`] }), request)
  }
}

const numberedTexts = questions.map((_, index) => `Answer number ${index + 1}.`)

/** Every way in which a call can end. */
async function everyEnd(bench: Bench, model: DriverModel, signal?: AbortSignal): Promise<void> {
  const options = { ...bench.shortAnswer(await bench.driver()), ...(signal && { signal }) }
  await model.respond('Once upon a time', options)
  await model.stream('Once upon a time', options).response
  for await (const _ of model.stream('Once upon a time', options)) break
  if (bench.description.wire === undefined) return
  bench.playError({ status: 500 })
  await model.respond('Once upon a time', options).catch(() => undefined)
  await model.stream('Once upon a time', options).response.catch(() => undefined)
  bench.playStream((chunks) => chunks.slice(0, -1))
  await model.stream('Once upon a time', options).response.catch(() => undefined)
  bench.playAnswer()
}

/** Calls that the caller aborts, before the answer and in its middle. */
async function everyAbort(bench: Bench, model: DriverModel): Promise<void> {
  const options = bench.shortAnswer(await bench.driver())
  for (const afterMs of [0, 1, 5]) {
    const signal = AbortSignal.timeout(afterMs)
    await model.respond('Once upon a time', { ...options, signal }).catch(() => undefined)
    await model.stream('Once upon a time', { ...options, signal }).response.catch(() => undefined)
  }
}

export const isolationCases: readonly GroupedCase[] = group('isolation', [
  {
    id: 'concurrent-calls',
    proves: 'Calls at the same time through one driver each get their own answer.',
    needs: 'driver',
    async run(bench) {
      const model = await bench.model()
      const options = bench.shortAnswer(await bench.driver())
      const ask = async (question: string): Promise<string> => (await model.respond(question, options)).text
      let expected = numberedTexts
      if (bench.description.wire === undefined) {
        expected = []
        for (const question of questions) expected.push(await ask(question))
      } else bench.play(numberedAnswers(bench))
      checkEqual(await Promise.all(questions.map(ask)), expected, 'The answers')
    },
  },
  {
    id: 'concurrent-streams',
    proves: 'Streams at the same time through one driver do not mix, however their bytes arrive.',
    needs: 'wire',
    async run(bench) {
      const answer = numberedAnswers(bench)
      bench.play(async (request) => {
        const reply = await answer(request)
        // Pieces that end inside an event, and a pause in which the other streams get theirs.
        return { ...reply, chunks: split(Buffer.concat(reply.chunks.map(toBytes)), 7), delayMs: 1 }
      })
      const model = await bench.model()
      const read = async (question: string): Promise<string> => (await model.stream(question).response).text
      checkEqual(await Promise.all(questions.map(read)), numberedTexts, 'The streamed texts')
    },
  },
  {
    id: 'no-rejection-left',
    proves: 'However a call ends, no rejected promise stays unhandled.',
    needs: 'driver',
    async run(bench) {
      const model = await bench.model()
      const rejections = await captureRejections(async () => {
        await everyEnd(bench, model)
        await everyAbort(bench, model)
      })
      checkEqual(rejections, [], 'The rejections that nobody handled')
    },
  },
  {
    id: 'no-listener-left',
    proves: "However calls end, none leaves a listener on its caller's signal or on the process.",
    needs: 'driver',
    async run(bench) {
      const model = await bench.model()
      const { signal } = new AbortController()
      // The first call loads the SDK, which may listen once and for all.
      await everyEnd(bench, model, signal)
      await alone(async () => {
        const before = processListeners()
        await everyEnd(bench, model, signal)
        checkEqual(processListeners(), before, 'The listeners on the process')
      })
      checkEqual(getEventListeners(signal, 'abort').length, 0, "The number of listeners on the caller's signal")
    },
  },
  {
    id: 'no-timer-left',
    proves: 'After all calls have ended and the driver is closed, no timer of theirs keeps the process alive.',
    needs: 'driver',
    async run(bench) {
      using handles = await traceCalls(bench)
      await eventually(
        () => handles.timers() === 0,
        3000,
        () => `${handles.timers()} timers are still there 3 s after the last call.`,
      )
    },
  },
  {
    id: 'no-socket-left',
    proves: 'After all calls have ended and the driver is closed, no connection of theirs keeps the process alive.',
    needs: 'wire',
    async run(bench) {
      using handles = await traceCalls(bench)
      await eventually(
        () => handles.sockets() === 0,
        3000,
        () => `${handles.sockets()} connections are still in use 3 s after the last call.`,
      )
    },
  },
])

async function traceCalls(bench: Bench): Promise<OpenHandles & Disposable> {
  return traceHandles(async () => {
    const model = await bench.model()
    await everyEnd(bench, model)
    await everyAbort(bench, model)
    await model.close()
  })
}

function processListeners(): Record<string, number> {
  return Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)]))
}

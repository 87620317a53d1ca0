import { check, checkEqual } from '../check.ts'
import { type GroupedCase, group } from '../conformance-case.ts'
import { failureOf } from '../failure-of.ts'
import { noReply } from '../reply.ts'
import { errorStatuses, passingStatuses } from '../status-codes.ts'

/** What core needs of a driver so that it can retry its calls. */
export const retryCases: readonly GroupedCase[] = group('errors', [
  {
    id: 'retry-after',
    proves: '`retry-after` is read in seconds and as a date, also when it is 90 s, and is waited for.',
    needs: 'wire',
    capability: true,
    async run(bench) {
      bench.playError({ status: 429 }, { 'retry-after': '90' })
      checkEqual((await failureOf(bench)).retryAfterMs, 90_000, 'retryAfterMs for "retry-after: 90"')
      const date = new Date(Date.now() + 20_000).toUTCString()
      bench.playError({ status: 503 }, { 'retry-after': date })
      const { retryAfterMs = 0 } = await failureOf(bench)
      check(retryAfterMs > 0 && retryAfterMs <= 20_000, `retryAfterMs for a date 20 s ahead is ${retryAfterMs}.`)

      const times: number[] = []
      bench.play((request) => {
        times.push(performance.now())
        if (times.length > 1) return bench.wire.answer(bench.answer(), request)
        return bench.errorReply({ status: 429 }, request, { 'retry-after': '1' })
      })
      await (await bench.model({ maxRetries: 1 })).respond('Once upon a time')
      const waited = times[1]! - times[0]!
      // A timer may fire a little early by the other clock.
      check(waited > 980, `"retry-after: 1" asks for a second; the next request came after ${Math.round(waited)} ms.`)
    },
  },
  {
    id: 'no-own-retries',
    proves: "The driver asks once and reports: retrying is core's, so that attempts can be counted.",
    needs: 'wire',
    async run(bench) {
      const asked = async (what: string): Promise<void> => {
        const before = bench.calls.length
        await failureOf(bench)
        checkEqual(bench.calls.length - before, 1, `The number of requests at ${what}`)
      }
      for (const status of passingStatuses) {
        bench.playError({ status }, { 'retry-after': '0' })
        await asked(`a ${status}`)
      }
      bench.play(noReply())
      await asked('a broken connection')
    },
  },
  {
    id: 'no-retry-of-a-refusal',
    proves: 'A request that the vendor finds wrong is never sent again: 400 401 403 404 413 422.',
    needs: 'wire',
    async run(bench) {
      for (const status of errorStatuses.filter((each) => !passingStatuses.includes(each))) {
        bench.playError({ status })
        const before = bench.calls.length
        await failureOf(bench)
        checkEqual(bench.calls.length - before, 1, `The number of requests at a ${status}`)
      }
    },
  },
  {
    id: 'core-retries',
    proves: 'Core can retry this driver: two 429, then the answer, three requests and three counted attempts.',
    needs: 'wire',
    async run(bench) {
      bench.play((request, index) => {
        if (index === 2) return bench.wire.answer(bench.answer(), request)
        return bench.errorReply({ status: 429 }, request, { 'retry-after': '0' })
      })
      const model = await bench.model({ maxRetries: 2 })
      const { timing } = await model.respond('Once upon a time')
      checkEqual([bench.calls.length, timing.attempts], [3, 3], 'The numbers of requests and of timing.attempts')
    },
  },
  {
    id: 'recovers',
    proves: 'A failed call leaves the driver as it was: the next call works.',
    needs: 'wire',
    async run(bench) {
      const model = await bench.model()
      for (const failure of ['an error', 'a broken connection']) {
        if (failure === 'an error') bench.playError({ status: 503 })
        else bench.play(noReply())
        await model.respond('Once upon a time').catch(() => undefined)
        bench.playAnswer()
        checkEqual((await model.respond('Once upon a time')).text, 'Once upon a time.', `The answer after ${failure}`)
      }
    },
  },
])

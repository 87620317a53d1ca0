import { json, type RecordedRequest, stream } from '@insidellms/conformance'
import type { Model } from '@insidellms/core'
import { describe, expect, it } from 'vitest'
import type { SampleStream } from './expect-cuts-fail.ts'
import { failureOf } from './failure-of.ts'
import type { WithModel } from './with-model.ts'

interface Sample extends Omit<SampleStream, 'withModel' | 'completeAt' | 'first'> {
  withModel: WithModel<Model, { fetch?: typeof fetch }>
  /** The body of a whole answer. */
  answer: object
  /** Which requests ask for a stream. Default: those with `"stream": true`. */
  isStream?: (request: RecordedRequest) => boolean
  /** How many the model keeps; more than one where it asks for facts beside the answer. Default: 1. */
  sockets?: number
  /** What counts as a timeout beside a socket's ETIMEDOUT. */
  timeouts?: readonly Error[]
}

/** What the runtime throws when a connection times out on its own. */
const socketTimeout = Object.assign(new Error('connect ETIMEDOUT 192.0.2.1:443'), { code: 'ETIMEDOUT' })

/** What other runtimes throw then has no code: some SDKs know it all the same. */
export const timeoutsWithoutCode: readonly Error[] = [
  new TypeError('error sending request', { cause: new Error('Operation timed out (os error 60)') }),
  new DOMException('The operation was aborted.', 'AbortError'),
]

/** How every provider keeps, ends and closes its connections. */
export function describeConnections({
  withModel,
  frames,
  text,
  answer,
  isStream = ({ body }) => body.includes('"stream":true'),
  sockets = 1,
  timeouts = [],
  contentType = 'text/event-stream',
}: Sample): void {
  describe('connections', () => {
    it('are kept for the next call, after a stream too, and closed with the model', async () => {
      await withModel(
        (request) => (isStream(request) ? stream(frames, { contentType }) : json(answer)),
        async (model, server) => {
          for (let round = 0; round < 3; round++) {
            await model.generate('Hi')
            expect((await model.stream('Hi').response).text).toBe(text)
          }
          expect(server.openSockets).toBe(sockets)
          await model.close()
          await expect.poll(() => server.openSockets).toBe(0)
        },
      )
    })

    it('end when the caller aborts or the time is up while the vendor is silent', async () => {
      const requests: RecordedRequest[] = []
      await withModel(
        (request) => {
          requests.push(request)
          return { ...json(answer), firstByteMs: 10_000 }
        },
        async (model) => {
          const timeoutMs = 500
          for (const call of [model.respond('Hi', { timeoutMs }), model.stream('Hi', { timeoutMs }).response])
            expect(await failureOf(call)).toMatchObject({ code: 'timeout' })
          expect(await Promise.all(requests.map(({ ended }) => ended))).toEqual(['abandoned', 'abandoned'])
          const before = failureOf(model.respond('Hi', { signal: AbortSignal.abort() }))
          expect(await before).toMatchObject({ code: 'aborted' })
          expect(requests).toHaveLength(2)
        },
      )
    })

    it.for([socketTimeout, ...timeouts])(
      'that time out on their own are a timeout, whatever the SDK calls it: %s',
      async (reason) => {
        await withModel(
          () => json(answer),
          async (model) => {
            expect(await failureOf(model.respond('Hi'))).toMatchObject({ code: 'timeout', retryable: true })
          },
          { fetch: () => Promise.reject(reason) },
        )
      },
    )
  })
}

import { json, sseEvent, stream, text } from '@insidellms/conformance'
import {
  describeConnections,
  describeFailures,
  describeMarker,
  describeStreams,
  documentedFailures,
  expectCutsFail,
  expectNoKey,
  failureOf,
  timeoutsWithoutCode,
} from '@insidellms/test-support'
import { describe, expect, it } from 'vitest'
import { answer, key, textEvents, withModel } from './support.ts'

const framesOf = (...pieces: string[]): string[] => textEvents(...pieces).map((event) => sseEvent(event, event.type))
const whole = 'Grüße, 世界 🌍'
const frames = framesOf('Grüße', ', 世界 🌍')

const sample = {
  withModel,
  frames,
  // Where the terminal event's own data is complete, it counts even without the blank line behind it.
  completeAt: Buffer.byteLength(frames.join('')) - 2,
  first: 'Grüße',
  text: whole,
}

describeFailures('anthropic', 'asked-model', withModel, [
  ...documentedFailures(new URL('fixtures/documented-errors.json', import.meta.url)),
  {
    name: 'error in a body after 200',
    reply: json({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
    code: 'server',
    fields: { retryable: true },
  },
  {
    name: 'truncated JSON',
    reply: text('{"id": "msg_1", "content": [{', { contentType: 'application/json' }),
    code: 'invalid_response',
  },
  { name: 'no content', reply: json({ ...answer, content: null }), code: 'invalid_response' },
])

describeStreams(sample)

describe('streams inside respond', () => {
  const maxTokens = 64_000

  it.for([
    ['overloaded_error', 'Overloaded', 'server', true],
    ['rate_limit_error', 'Slow down.', 'rate_limited', true],
    ['invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum', 'context_overflow', false],
    ['invalid_request_error', 'Output blocked by content filtering policy', 'content_filter', false],
    ['error_of_tomorrow', 'Something else.', 'server', true],
  ] as const)('%s inside a stream: %s', async ([type, message, code, retryable]) => {
    await withModel(
      () => stream([...frames.slice(0, 5), sseEvent({ type: 'error', error: { type, message } }, 'error')]),
      async (model) => {
        for (const call of [model.stream('Hi').response, model.respond('Hi', { maxTokens })]) {
          const error = await failureOf(call)
          expect(error).toMatchObject({ code, retryable })
          expect(error.message).toContain(message)
        }
        expect(await failureOf(model.stream('Hi').response)).toMatchObject({ partial: { text: whole } })
      },
    )
  })

  it('that are cut at any byte finish only behind the marker', { timeout: 120_000 }, () =>
    expectCutsFail(sample, (model) => model.respond('Hi', { maxTokens }), 7),
  )

  it('say what had arrived when they break off, like all streams', async () => {
    await withModel(
      () => stream(frames.slice(0, 4)),
      async (model) => {
        for (const call of [model.stream('Hi').response, model.respond('Hi', { maxTokens })])
          expect(await failureOf(call)).toMatchObject({ code: 'incomplete_stream', partial: { text: 'Grüße' } })
      },
    )
  })
})

describeMarker(sample, framesOf('more'))

describeConnections({ ...sample, answer, timeouts: timeoutsWithoutCode })

describe('keys', () => {
  it('stay out of errors, also when the vendor repeats them', async () => {
    await withModel(
      ({ headers }) =>
        json(
          { type: 'error', error: { type: 'authentication_error', message: `invalid ${headers.authorization}` } },
          { status: 401 },
        ),
      async (model) => expectNoKey(key, await failureOf(model.respond('Hi')), model),
    )
  })
})

import { json, sseEvent, stream, text } from '@insidellms/conformance'
import {
  describeConnections,
  describeFailures,
  describeMarker,
  describeStreams,
  documentedFailures,
  expectNoKey,
  failureOf,
} from '@insidellms/test-support'
import { describe, expect, it } from 'vitest'
import { answer, key, textEvents, withModel } from './support.ts'

const framesOf = (...pieces: string[]): string[] => [
  ...textEvents(...pieces).map((event) => sseEvent(event, event.type)),
  'data: [DONE]\n\n',
]
const whole = 'Grüße, 世界 🌍'
const frames = framesOf('Grüße', ', 世界 🌍')

const sample = {
  withModel,
  frames,
  // The marker is `message-end`; where its own data is complete, it counts even without the blank line behind it.
  completeAt: Buffer.byteLength(frames.slice(0, -1).join('')) - 2,
  first: 'Grüße',
  text: whole,
}

describeFailures('cohere', 'asked-model', withModel, [
  ...documentedFailures(new URL('fixtures/documented-errors.json', import.meta.url)),
  {
    name: 'error in a body after 200',
    reply: json({ id: 'x', message: 'overloaded' }),
    code: 'server',
    fields: { retryable: true },
  },
  {
    name: 'truncated JSON',
    reply: text('{"id": "chat-1", "message": {', { contentType: 'application/json' }),
    code: 'invalid_response',
  },
  { name: 'no message', reply: json({ ...answer, message: null }), code: 'invalid_response' },
])

describeStreams(sample)

describe('streams that fail', () => {
  it.for([
    [{ type: 'message-end', delta: { finish_reason: 'ERROR', error: 'it broke' } }, 'it broke', 'server', true],
    [{ type: 'message-end', delta: { error: { message: 'it broke' } } }, 'it broke', 'server', true],
    [{ message: 'internal server error' }, 'internal server error', 'server', true],
    [{ message: 'too many tokens: size limit exceeded by 3 tokens.' }, 'too many tokens', 'context_overflow', false],
  ] as const)('%j inside a stream', async ([event, message, code, retryable]) => {
    await withModel(
      () => stream([...frames.slice(0, 4), sseEvent(event), ...frames.slice(-3)]),
      async (model) => {
        const error = await failureOf(model.stream('Hi').response)
        expect(error).toMatchObject({ code, retryable, partial: { text: whole } })
        expect(error.message).toContain(message)
      },
    )
  })

  it('say what had arrived when they break off', async () => {
    await withModel(
      () => stream(frames.slice(0, 3)),
      async (model) => {
        const error = await failureOf(model.stream('Hi').response)
        expect(error).toMatchObject({ code: 'incomplete_stream', partial: { text: 'Grüße' } })
      },
    )
  })
})

describeMarker(sample, framesOf('more'))

describeConnections({ ...sample, answer })

describe('keys', () => {
  it('stay out of errors, also when the vendor repeats them', async () => {
    await withModel(
      ({ headers }) => json({ message: `invalid ${headers.authorization}` }, { status: 401 }),
      async (model) => expectNoKey(key, await failureOf(model.respond('Hi')), model),
    )
  })
})

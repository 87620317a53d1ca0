import { json, sse, sseEvent, stream, text } from '@insidellms/conformance'
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
import { answer, chunksOf, key, withModel } from './support.ts'

const whole = 'Grüße, 世界 🌍'
const frames = chunksOf('Grüße', ', 世界 🌍').map((chunk) => sseEvent(chunk))
/** As TGI ends: with a finish reason, and nothing behind it. */
const withoutMarker = frames.slice(0, 3)

describeFailures('huggingface', 'asked-model', withModel, [
  ...documentedFailures(new URL('fixtures/documented-errors.json', import.meta.url)),
  {
    name: 'truncated JSON',
    reply: text('{"id": "x", "cho', { contentType: 'application/json' }),
    code: 'invalid_response',
  },
  { name: 'no choices', reply: json({ ...answer, choices: [] }), code: 'invalid_response' },
])

describeStreams({
  withModel,
  frames: withoutMarker,
  // The chunk with the finish reason counts when its JSON is whole, also without the blank line behind it.
  completeAt: Buffer.byteLength(withoutMarker.join('')) - 2,
  first: 'Grüße',
  text: whole,
})

describe('what streams bring', () => {
  it.for([
    [{ error: { message: 'upstream broke', code: 502 } }, 'upstream broke', 'server'],
    // TGI's event: router/src/server.rs
    [{ error: 'Request failed during generation', error_type: 'generation' }, 'failed during generation', 'server'],
  ] as const)('%j inside a stream', async ([event, message, code]) => {
    await withModel(
      () => stream([...frames.slice(0, 2), sseEvent(event), ...frames.slice(2)]),
      async (model) => {
        const error = await failureOf(model.stream('Hi').response)
        expect(error).toMatchObject({ code, partial: { text: whole } })
        expect(error.message).toContain(message)
      },
    )
  })

  it('read the usage that comes behind the finish reason, and log probabilities', async () => {
    const logprob = { token: 'Hi', logprob: -0.5, top_logprobs: [{ token: 'Hi', logprob: -0.5 }] }
    const [first, ...rest] = chunksOf('Hi') as [{ choices: object[] }, ...unknown[]]
    const choices = first.choices.map((choice) => ({ ...choice, logprobs: { content: [logprob] } }))
    await withModel(
      () => sse([{ ...first, choices }, ...rest]),
      async (model) => {
        const { usage, logprobs } = await model.stream('Hi', { logprobs: true, topLogprobs: 1 }).response
        expect(usage).toMatchObject({ inputTokens: 3, outputTokens: 1, totalTokens: 4 })
        expect(logprobs).toEqual([{ token: 'Hi', logprob: -0.5, top: [{ token: 'Hi', logprob: -0.5 }] }])
      },
    )
  })
})

describeMarker(
  { withModel, frames, text: whole },
  chunksOf('more').map((chunk) => sseEvent(chunk)),
)

describeConnections({ withModel, frames, text: whole, answer })

describe('keys', () => {
  it('stay out of errors, also when the server repeats them', async () => {
    await withModel(
      ({ headers }) => json({ error: `invalid ${headers.authorization}` }, { status: 401 }),
      async (model) => expectNoKey(key, await failureOf(model.respond('Hi')), model),
    )
  })
})

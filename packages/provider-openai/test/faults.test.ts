import { json, sse, sseEvent, text } from '@insidellms/conformance'
import type { Model } from '@insidellms/core'
import {
  describeConnections,
  describeFailures,
  describeMarker,
  describeStreams,
  expectNoKey,
  failureOf,
  timeoutsWithoutCode,
  type WithModel,
} from '@insidellms/test-support'
import { describe, expect, it } from 'vitest'
import { chatAnswer, key, responsesAnswer, withModel } from './support.ts'

const chunk = (delta: object, finish: string | null = null): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  model: 'served-model',
  choices: [{ index: 0, delta, finish_reason: finish }],
})
const chatEvents = [
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'Grüße' }),
  chunk({ content: ', 世界 🌍' }),
  chunk({}, 'stop'),
  {
    id: 'chatcmpl-1',
    model: 'served-model',
    choices: [],
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  },
  '[DONE]',
]
const responsesEvents = [
  { type: 'response.created', response: { ...responsesAnswer, status: 'in_progress', output: [] } },
  { type: 'response.output_text.delta', output_index: 0, delta: 'Grüße' },
  { type: 'response.output_text.delta', output_index: 0, delta: ', 世界 🌍' },
  {
    type: 'response.completed',
    response: {
      ...responsesAnswer,
      output: [{ type: 'message', content: [{ type: 'output_text', text: 'Grüße, 世界 🌍', annotations: [] }] }],
    },
  },
]
const more = chunk({ content: ' more' })
const apis = [
  { api: 'chat', events: chatEvents, answer: chatAnswer, behind: [more, '[DONE]'] },
  { api: 'responses', events: responsesEvents, answer: responsesAnswer, behind: responsesEvents },
] as const

/** Made from the vendor's error guide: https://platform.openai.com/docs/guides/error-codes */
const errorBody = (code: string, type = code): object => ({
  error: { message: `It failed: ${code}.`, type, code, param: null },
})

describeFailures('openai', 'asked-model', withModel, [
  {
    name: '400',
    reply: json(errorBody('invalid_value', 'invalid_request_error'), { status: 400 }),
    code: 'invalid_request',
    fields: { retryable: false },
  },
  {
    name: '400 overflow',
    reply: json(errorBody('context_length_exceeded'), { status: 400 }),
    code: 'context_overflow',
    fields: { retryable: false },
  },
  {
    name: '401',
    reply: json(errorBody('invalid_api_key'), { status: 401 }),
    code: 'auth',
    fields: { retryable: false },
  },
  { name: '403', reply: json(errorBody('unsupported_country'), { status: 403 }), code: 'auth' },
  { name: '404', reply: json(errorBody('model_not_found'), { status: 404 }), code: 'not_found' },
  { name: '408', reply: json(errorBody('timeout'), { status: 408 }), code: 'timeout', fields: { retryable: true } },
  { name: '409', reply: json(errorBody('conflict'), { status: 409 }), code: 'server', fields: { retryable: true } },
  { name: '422', reply: json(errorBody('unprocessable'), { status: 422 }), code: 'invalid_request' },
  {
    name: '429 with retry-after',
    reply: json(errorBody('rate_limit_exceeded'), {
      status: 429,
      headers: { 'retry-after': '7', 'x-request-id': 'req_7' },
    }),
    code: 'rate_limited',
    fields: { retryable: true, retryAfterMs: 7000, requestId: 'req_7' },
  },
  {
    name: '429 quota',
    reply: json(errorBody('insufficient_quota'), { status: 429 }),
    code: 'rate_limited',
    fields: { retryable: false },
  },
  { name: '500', reply: json(errorBody('server_error'), { status: 500 }), code: 'server', fields: { retryable: true } },
  { name: '503', reply: json(errorBody('overloaded'), { status: 503 }), code: 'server', fields: { retryable: true } },
  {
    name: '529',
    reply: json(errorBody('overloaded_error'), { status: 529 }),
    code: 'server',
    fields: { retryable: true },
  },
  {
    name: 'truncated JSON',
    reply: text('{"id": "chatcmpl-1", "choices": [{', { contentType: 'application/json' }),
    code: 'invalid_response',
  },
  {
    name: 'no choices',
    reply: json({ ...chatAnswer, choices: [] }),
    code: 'invalid_response',
  },
])

describe('errors inside streams', () => {
  it.for(['chat', 'responses'] as const)(
    '%s: an error inside the stream is thrown, with what had arrived',
    async (api) => {
      const events = api === 'chat' ? chatEvents.slice(0, 3) : responsesEvents.slice(0, 3)
      const broken =
        api === 'chat'
          ? { error: { message: 'The server had an error.', type: 'server_error', code: null } }
          : { type: 'error', code: 'server_error', message: 'The server had an error.', param: null }
      await withModel(
        () => sse([...events, broken]),
        async (model) => {
          const error = await failureOf(model.stream('Hi').response)
          expect(error).toMatchObject({ code: 'server', partial: { text: 'Grüße, 世界 🌍' } })
          expect(error.message).toContain('The server had an error.')
        },
        { api },
      )
    },
  )
})

describe('keys', () => {
  it('stay out of errors, also when the vendor repeats them', async () => {
    await withModel(
      ({ headers }) =>
        json(
          { error: { message: `Incorrect key ${headers.authorization}`, code: 'invalid_api_key' } },
          { status: 401 },
        ),
      async (model) => expectNoKey(key, await failureOf(model.respond('Hi')), model),
    )
  })
})

describe.for(apis)('$api', ({ api, events, answer, behind }) => {
  const frames = events.map((event) => sseEvent(event))
  const sample = {
    withModel: ((script, use, settings) => withModel(script, use, { ...settings, api })) as WithModel<Model>,
    frames,
    // Where the terminal event's own data is complete, it counts even without the blank line behind it.
    completeAt: Buffer.byteLength(frames.join('')) - 2,
    first: 'Grüße',
    text: 'Grüße, 世界 🌍',
  }
  describeStreams(sample)
  describeMarker(
    sample,
    behind.map((event) => sseEvent(event)),
  )
  describeConnections({ ...sample, answer, timeouts: timeoutsWithoutCode })
})

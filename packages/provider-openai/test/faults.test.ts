import { getEventListeners } from 'node:events'
import { inspect } from 'node:util'
import { InsideLLMsError, type InsideLLMsErrorCode } from '@insidellms/core'
import { json, noReply, type ScriptedReply, sse, sseEvent, stream, text } from '@insidellms/conformance'
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
const apis = [
  ['chat', chatEvents],
  ['responses', responsesEvents],
] as const

/** Made from the vendor's error guide: https://platform.openai.com/docs/guides/error-codes */
const errorBody = (code: string, type = code): object => ({
  error: { message: `It failed: ${code}.`, type, code, param: null },
})

const failures: [string, ScriptedReply, InsideLLMsErrorCode, Partial<InsideLLMsError>][] = [
  [
    '400',
    json(errorBody('invalid_value', 'invalid_request_error'), { status: 400 }),
    'invalid_request',
    { retryable: false },
  ],
  [
    '400 overflow',
    json(errorBody('context_length_exceeded'), { status: 400 }),
    'context_overflow',
    { retryable: false },
  ],
  ['401', json(errorBody('invalid_api_key'), { status: 401 }), 'auth', { retryable: false }],
  ['403', json(errorBody('unsupported_country'), { status: 403 }), 'auth', {}],
  ['404', json(errorBody('model_not_found'), { status: 404 }), 'not_found', {}],
  ['408', json(errorBody('timeout'), { status: 408 }), 'timeout', { retryable: true }],
  ['409', json(errorBody('conflict'), { status: 409 }), 'server', { retryable: true }],
  ['413', text('<h1>Too large</h1>', { status: 413 }), 'invalid_request', {}],
  ['422', json(errorBody('unprocessable'), { status: 422 }), 'invalid_request', {}],
  [
    '429 with retry-after',
    json(errorBody('rate_limit_exceeded'), { status: 429, headers: { 'retry-after': '7', 'x-request-id': 'req_7' } }),
    'rate_limited',
    { retryable: true, retryAfterMs: 7000, requestId: 'req_7' },
  ],
  ['429 quota', json(errorBody('insufficient_quota'), { status: 429 }), 'rate_limited', { retryable: false }],
  ['500', json(errorBody('server_error'), { status: 500 }), 'server', { retryable: true }],
  ['502 html', text('<html><body>Bad gateway</body></html>', { status: 502 }), 'server', { retryable: true }],
  ['503', json(errorBody('overloaded'), { status: 503 }), 'server', { retryable: true }],
  ['529', json(errorBody('overloaded_error'), { status: 529 }), 'server', { retryable: true }],
  [
    'truncated JSON',
    text('{"id": "chatcmpl-1", "choices": [{', { contentType: 'application/json' }),
    'invalid_response',
    {},
  ],
  ['no choices', json({ ...chatAnswer, choices: [] }), 'invalid_response', {}],
  ['no answer', noReply(), 'network', { retryable: true }],
]

describe('failures', () => {
  it.for(failures)('%s', async ([, reply, code, fields]) => {
    await withModel(
      () => reply,
      async (model) => {
        for (const call of [model.respond('Hi'), model.stream('Hi').response]) {
          const error = await failed(call)
          // A stream that cannot be read as events has no terminal marker.
          const streamed = code === 'invalid_response' ? [code, 'incomplete_stream'] : [code]
          expect(streamed).toContain(error.code)
          if (error.code === code)
            expect(error).toMatchObject({ ...fields, provider: 'openai', modelId: 'asked-model' })
        }
      },
    )
  })

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
          const error = await failed(model.stream('Hi').response)
          expect(error).toMatchObject({ code: 'server', partial: { text: 'Grüße, 世界 🌍' } })
          expect(error.message).toContain('The server had an error.')
        },
        { api },
      )
    },
  )

  it('retries what may pass, and counts', async () => {
    const replies = [
      json({}, { status: 503 }),
      json({}, { status: 429, headers: { 'retry-after': '0' } }),
      json(chatAnswer),
    ]
    await withModel(
      (_, index) => replies[index]!,
      async (model, server) => {
        expect((await model.respond('Hi')).timing.attempts).toBe(3)
        expect(server.requests).toHaveLength(3)
      },
      { maxRetries: 2 },
    )
  })
})

describe('keys', () => {
  it('stay out of errors, also when the vendor repeats them', async () => {
    await withModel(
      ({ headers }) =>
        json(
          { error: { message: `Incorrect key ${headers.authorization}`, code: 'invalid_api_key' } },
          { status: 401 },
        ),
      async (model) => {
        const error = await failed(model.respond('Hi'))
        const shown = [
          error.message,
          error.stack,
          inspect(error, { depth: 9, showHidden: true }),
          JSON.stringify(error),
        ].join()
        expect(shown).not.toContain(key)
        expect(shown).toContain('[redacted]')
        expect(JSON.stringify(model.info())).not.toContain(key)
        expect(inspect(model, { depth: 9, showHidden: true })).not.toContain(key)
      },
    )
  })
})

describe.for(apis)('%s streams', ([api, events]) => {
  const frames = events.map((event) => sseEvent(event))
  const bytes = Buffer.from(frames.join(''))

  it('that are cut at any byte finish only behind the terminal marker', async () => {
    // Where the terminal event's own data is complete, it counts even without the blank line behind it.
    const whole = bytes.length - 2
    let cut = 0
    await withModel(
      () => stream([bytes.subarray(0, cut)], { contentType: 'text/event-stream' }),
      async (model) => {
        for (cut = 0; cut <= bytes.length; cut++) {
          const outcome = await model.stream('Hi').response.then(
            ({ text: said }) => said,
            (error: InsideLLMsError) => error.code,
          )
          expect(outcome, `cut at byte ${cut} of ${bytes.length}`).toBe(
            cut >= whole ? 'Grüße, 世界 🌍' : 'incomplete_stream',
          )
        }
      },
      { api },
    )
  }, 120_000)

  it('survive being split at every byte', async () => {
    await withModel(
      () =>
        stream(
          Array.from(bytes, (byte) => Uint8Array.of(byte)),
          { contentType: 'text/event-stream' },
        ),
      async (model) => {
        expect((await model.stream('Hi').response).text).toBe('Grüße, 世界 🌍')
      },
      { api },
    )
  })

  it('survive CRLF, comments and a byte order mark', async () => {
    const wire = `\uFEFF: hello\r\n\r\n${frames.join('').replaceAll('\n', '\r\n')}`
    await withModel(
      () => stream([wire], { contentType: 'text/event-stream' }),
      async (model) => {
        expect((await model.stream('Hi').response).text).toBe('Grüße, 世界 🌍')
      },
      { api },
    )
  })

  it('that are aborted at any chunk leave no socket and no listener', async () => {
    for (let stopAfter = 0; stopAfter < frames.length; stopAfter++) {
      const controller = new AbortController()
      await withModel(
        () => {
          const chunks = (async function* () {
            for (const [index, frame] of frames.entries()) {
              if (index === stopAfter) controller.abort()
              yield frame
              // Gives the abort time to arrive before the next chunk.
              await new Promise((resolve) => setTimeout(resolve, 2))
            }
          })()
          return stream(chunks, { contentType: 'text/event-stream', endWith: 'hang' })
        },
        async (model, server) => {
          const error = await failed(model.stream('Hi', { signal: controller.signal }).response)
          expect(error.code).toBe('aborted')
          expect(await server.requests[0]!.ended).toBe('abandoned')
          expect(getEventListeners(controller.signal, 'abort')).toEqual([])
        },
        { api },
      )
    }
  })

  it('that are left early end their request', async () => {
    await withModel(
      () => stream(frames, { contentType: 'text/event-stream', delayMs: 5 }),
      async (model, server) => {
        for await (const piece of model.stream('Hi')) {
          expect(piece).toBe('Grüße')
          break
        }
        expect(await server.requests[0]!.ended).toBe('abandoned')
      },
      { api },
    )
  })
})

describe('connections', () => {
  it('are kept for the next call, after a stream too, and closed with the model', async () => {
    await withModel(
      (request) => (request.body.includes('"stream":true') ? sse(chatEvents) : json(chatAnswer)),
      async (model, server) => {
        for (let round = 0; round < 3; round++) {
          await model.generate('Hi')
          expect((await model.stream('Hi').response).text).toBe('Grüße, 世界 🌍')
        }
        expect(server.openSockets).toBe(1)
        await model.close()
        await expect.poll(() => server.openSockets).toBe(0)
      },
    )
  })

  it('end a stream at its marker, also when the server does not close behind it', async () => {
    await withModel(
      () => ({ ...sse([...chatEvents, chunk({ content: ' more' }), '[DONE]']), endWith: 'hang' }),
      async (model, server) => {
        expect((await model.stream('Hi').response).text).toBe('Grüße, 世界 🌍')
        expect(await server.requests[0]!.ended).toBe('abandoned')
      },
    )
  })

  it('abort while the vendor is silent', async () => {
    await withModel(
      () => ({ ...json(chatAnswer), firstByteMs: 10_000 }),
      async (model, server) => {
        const error = await failed(model.respond('Hi', { timeoutMs: 500 }))
        expect(error.code).toBe('timeout')
        expect(await server.requests[0]!.ended).toBe('abandoned')
      },
    )
  })

  it.for([
    Object.assign(new Error('connect ETIMEDOUT 192.0.2.1:443'), { code: 'ETIMEDOUT' }),
    // What other runtimes say has no code.
    new TypeError('error sending request', { cause: new Error('Operation timed out (os error 60)') }),
    new DOMException('The operation was aborted.', 'AbortError'),
  ])('that time out on their own are a timeout: %s', async (reason) => {
    for (const [api] of apis)
      await withModel(
        () => json(chatAnswer),
        async (model) => {
          expect(await failed(model.respond('Hi'))).toMatchObject({ code: 'timeout', retryable: true })
        },
        { api, fetch: () => Promise.reject(reason) },
      )
  })
})

async function failed(call: Promise<unknown>): Promise<InsideLLMsError> {
  const error = await call.then(
    () => expect.fail('it must throw'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(InsideLLMsError)
  return error as InsideLLMsError
}

import { json, sse, sseEvent } from '@insidellms/conformance'
import { type ChatMessage, PluginRegistry } from '@insidellms/core'
import {
  describeConnections,
  describeFailures,
  describeStreams,
  expectLedger,
  expectNoKey,
  type Failure,
  failureOf,
  loadBodyValidator,
  randomOptions,
  runReadmeExample,
  expectRefused,
} from '@insidellms/test-support'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createGeminiDriver } from '../src/gemini-driver.ts'
import { GeminiModel } from '../src/gemini-model.ts'
import plugin from '../src/plugin.ts'
import { answer, key, withModel } from './support.ts'

const chunk = (parts: object[], more: object = {}): object => ({
  candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }],
  modelVersion: 'served',
  responseId: 'r1',
})
const events = [
  chunk([{ text: 'Grüße' }]),
  chunk([{ text: ', 世界 🌍' }]),
  {
    ...chunk([{ text: '' }], { finishReason: 'STOP' }),
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 5, totalTokenCount: 8 },
  },
]
const frames = events.map((event) => sseEvent(event))

afterEach(() => vi.unstubAllEnvs())

describe('requests', () => {
  const chat: ChatMessage[] = [
    { role: 'system', content: 'Be short.' },
    { role: 'system', content: 'Be kind.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look.' },
        { type: 'image', image: new Uint8Array([1, 2, 3]) },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'Hm.', providerMetadata: { thoughtSignature: 's1' } },
        {
          type: 'tool-call',
          id: 'call_1',
          name: 'look',
          arguments: '{"at":"sky"}',
          providerMetadata: { thoughtSignature: 's2' },
        },
        { type: 'tool-call', id: 'call_2', name: 'hear', arguments: '' },
      ],
    },
    { role: 'tool', toolCallId: 'call_1', content: 'blue' },
    { role: 'tool', toolCallId: 'call_2', content: 'no sound', isError: true },
    { role: 'system', content: 'Answer in French.' },
    { role: 'user', content: 'So?' },
  ]

  it('keep turns in their order, signatures, and results together', async () => {
    await withModel(
      () => json(answer),
      async (model, server) => {
        const { ledger } = await model.respond(chat)
        expect(server.requests[0]!.path).toBe('/v1beta/models/gemini-2.5-flash:generateContent')
        expect(server.requests[0]!.json).toEqual({
          systemInstruction: { parts: [{ text: 'Be short.' }, { text: 'Be kind.' }] },
          contents: [
            { role: 'user', parts: [{ text: 'Look.' }, { inlineData: { mimeType: 'image/png', data: 'AQID' } }] },
            {
              role: 'model',
              parts: [
                { text: 'Hm.', thought: true, thoughtSignature: 's1' },
                { functionCall: { name: 'look', args: { at: 'sky' } }, thoughtSignature: 's2' },
                { functionCall: { name: 'hear', args: {} } },
              ],
            },
            {
              role: 'user',
              parts: [
                { functionResponse: { name: 'look', response: { result: 'blue' } } },
                { functionResponse: { name: 'hear', response: { error: 'no sound' } } },
              ],
            },
            { role: 'user', parts: [{ text: 'Answer in French.' }] },
            { role: 'user', parts: [{ text: 'So?' }] },
          ],
        })
        expect(ledger['messages']).toMatchObject({
          status: 'adjusted',
          reason: expect.stringContaining('system message'),
        })
      },
    )
  })

  it('send the answer’s own parts back on the next turn', async () => {
    const parts = [
      { text: 'Let me see.', thought: true },
      { text: 'Sum: ' },
      { executableCode: { language: 'PYTHON', code: '1+1' } },
      { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '2' } },
      { text: '2', thoughtSignature: 'sig' },
    ]
    await withModel(
      () => json({ ...answer, candidates: [{ content: { parts, role: 'model' }, finishReason: 'STOP' }] }),
      async (model, server) => {
        const first = await model.respond('1+1?')
        await model.respond([
          { role: 'user', content: '1+1?' },
          { role: 'assistant', content: first.parts },
          { role: 'user', content: 'Sure?' },
        ])
        expect((server.requests[1]!.json as any).contents[1]).toEqual({ role: 'model', parts })
      },
    )
  })

  const validate = loadBodyValidator('gemini.native-whit3rabbit.openapi.json', '/v1beta/models/{model}:generateContent')

  it('agree with the ledger for 200 random option sets, and with the published schema where it is at hand', async () => {
    const options = randomOptions({
      maxTokens: fc.integer({ min: 1, max: 4096 }),
      presencePenalty: fc.double({ min: -2, max: 1.9, noNaN: true }),
      frequencyPenalty: fc.double({ min: -2, max: 1.9, noNaN: true }),
      providerOptions: fc.constant({ safetySettings: [] }),
    })
    // A schema or a list of tools says by itself that the answer is JSON.
    const habits = { plain: ['responseMimeType'], inside: 'generationConfig' }
    await withModel(
      () => json(answer),
      async (model, server) => {
        await fc.assert(
          fc.asyncProperty(options, async (given) => {
            const { ledger } = await model.respond('Hi', given)
            const body = server.requests.at(-1)!.json as Record<string, unknown>
            expect(validate?.(body) ?? []).toEqual([])
            expectLedger(ledger, body, given, habits)
          }),
          { numRuns: 200 },
        )
      },
    )
  })

  it('take what only the vendor knows', async () => {
    await withModel(
      () => json(answer),
      async (model, server) => {
        const safetySettings = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }]
        const { ledger } = await model.respond('Hi', { providerOptions: { safetySettings } })
        expect(server.requests[0]!.json).toMatchObject({ safetySettings })
        expect(ledger['providerOptions.safetySettings']!.status).toBe('sent')
        expect(server.requests[0]!.headers['x-goog-api-key']).toBe(key)
      },
    )
  })
})

describe('answers', () => {
  it('bring log probabilities', async () => {
    const logprobsResult = {
      chosenCandidates: [{ token: 'Hi', tokenId: 7, logProbability: -0.1 }],
      topCandidates: [
        {
          candidates: [
            { token: 'Hi', logProbability: -0.1 },
            { token: 'Ho', logProbability: -2 },
          ],
        },
      ],
    }
    await withModel(
      () => json({ ...answer, candidates: [{ ...answer.candidates[0], logprobsResult }] }),
      async (model) => {
        expect((await model.respond('Hi', { logprobs: true, topLogprobs: 2 })).logprobs).toEqual([
          {
            token: 'Hi',
            logprob: -0.1,
            top: [
              { token: 'Hi', logprob: -0.1 },
              { token: 'Ho', logprob: -2 },
            ],
          },
        ])
      },
    )
  })

  it('say where they were withheld', async () => {
    await withModel(
      () => json({ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 3 } }),
      async (model) => {
        const error = await failureOf(model.respond('Hi'))
        expect(error).toMatchObject({ code: 'content_filter', retryable: false })
        expect(error.message).toContain('SAFETY')
      },
    )
    await withModel(
      () => json({ candidates: [{ finishReason: 'SAFETY', index: 0 }] }),
      async (model) => {
        expect(await model.respond('Hi')).toMatchObject({
          text: '',
          parts: [],
          finish: { kind: 'content-filter', raw: 'SAFETY' },
        })
      },
    )
    await withModel(
      () => sse([{ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }]),
      async (model) => {
        expect((await failureOf(model.stream('Hi').response)).code).toBe('content_filter')
      },
    )
  })

  it('with a reason that nobody knows keep it', async () => {
    await withModel(
      () => json({ candidates: [{ content: { parts: [{ text: 'x' }] }, finishReason: 'NEW_REASON' }] }),
      async (model) => {
        const { finish, usage, served } = await model.respond('Hi')
        expect(finish).toEqual({ kind: 'other', raw: 'NEW_REASON' })
        expect(usage).toBeUndefined()
        expect(served.model).toBeUndefined()
      },
    )
  })
})

const sample = {
  withModel,
  frames,
  completeAt: Buffer.byteLength(frames.join('')) - 2,
  first: 'Grüße',
  text: 'Grüße, 世界 🌍',
}

describeStreams(sample)

describeConnections({ ...sample, answer, isStream: ({ path }) => path.includes('stream') })

describe('what streams bring', () => {
  it('is one text, and its usage', async () => {
    await withModel(
      () => sse(events),
      async (model, server) => {
        expect(await model.stream('Hi').response).toMatchObject({
          text: 'Grüße, 世界 🌍',
          parts: [{ type: 'text' }],
          usage: { totalTokens: 8 },
        })
        expect(server.requests[0]!.path).toBe('/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse')
      },
    )
  })

  it('put the arguments of a call together, leaf by leaf', async () => {
    const call = (functionCall: object, more: object = {}): object => chunk([{ functionCall, ...more }])
    const leaf = (jsonPath: string, value: object, willContinue = true): object =>
      call({ partialArgs: [{ jsonPath, ...value, willContinue }], willContinue: true })
    const wire = [
      call({ name: 'cook', willContinue: true }, { thoughtSignature: 'sig' }),
      leaf('$.steps[0].text', { stringValue: 'Bo' }),
      leaf('$.steps[0].text', { stringValue: 'il' }, false),
      leaf('$.steps[1].minutes', { numberValue: 2.5 }),
      leaf('$.hot', { boolValue: false }),
      leaf('$.note', { nullValue: 'NULL_VALUE' }),
      call({}),
      chunk([{ functionCall: { name: 'serve', args: { at: 'noon' } } }], { finishReason: 'STOP' }),
    ]
    await withModel(
      () => sse(wire),
      async (model) => {
        const deltas: any[] = []
        for await (const event of model.events('Hi')) deltas.push(event)
        const { parts, finish } = deltas.at(-1).response
        const args = { steps: [{ text: 'Boil' }, { minutes: 2.5 }], hot: false, note: null }
        expect(parts).toEqual([
          {
            type: 'tool-call',
            id: 'call_0',
            name: 'cook',
            arguments: JSON.stringify(args),
            providerMetadata: { thoughtSignature: 'sig' },
          },
          { type: 'tool-call', id: 'call_1', name: 'serve', arguments: '{"at":"noon"}' },
        ])
        expect(finish.kind).toBe('tool-calls')
        const streamed = (index: number) =>
          deltas
            .filter((delta) => delta.type === 'tool-call' && delta.index === index)
            .map((delta) => delta.arguments)
            .join('')
        expect([streamed(0), streamed(1)]).toEqual(parts.map((part: any) => part.arguments))
      },
    )
  })

  it('throw the error that they bring', async () => {
    await withModel(
      () => sse([events[0], { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } }]),
      async (model) => {
        expect(await failureOf(model.stream('Hi').response)).toMatchObject({
          code: 'server',
          status: 503,
          partial: { text: 'Grüße' },
        })
      },
    )
  })
})

const errorBody = (
  code: number,
  status: string,
  message: string,
  details?: object[],
): { error: { message: string; [field: string]: unknown } } => ({
  error: { code, status, message, ...(details && { details }) },
})
const retryInfo = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34s' }]
const errors: [number, ReturnType<typeof errorBody>, Failure['code'], Failure['fields']?][] = [
  [400, errorBody(400, 'INVALID_ARGUMENT', 'Invalid value.'), 'invalid_request', { retryable: false }],
  [
    400,
    errorBody(
      400,
      'INVALID_ARGUMENT',
      'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    ),
    'context_overflow',
  ],
  [
    400,
    errorBody(400, 'INVALID_ARGUMENT', 'API key not valid.', [{ reason: 'API_KEY_INVALID' }]),
    'auth',
    { retryable: false },
  ],
  [403, errorBody(403, 'PERMISSION_DENIED', 'No.'), 'auth'],
  [404, errorBody(404, 'NOT_FOUND', 'models/x is not found.'), 'not_found'],
  [
    429,
    errorBody(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded.', retryInfo),
    'rate_limited',
    { retryable: true, retryAfterMs: 34_000 },
  ],
  [500, errorBody(500, 'INTERNAL', 'Oops.'), 'server', { retryable: true }],
  [503, errorBody(503, 'UNAVAILABLE', 'Overloaded.'), 'server', { retryable: true }],
  [504, errorBody(504, 'DEADLINE_EXCEEDED', 'Too slow.'), 'timeout', { retryable: true }],
]

describeFailures(
  'gemini',
  'gemini-2.5-flash',
  withModel,
  errors.map(([status, body, code, fields]) => ({
    name: `${status} ${body.error.message}`,
    reply: ({ path }) => json(path.includes('stream') ? [body] : body, { status }),
    code,
    fields: { status, ...fields },
  })),
)

describe('keys', () => {
  it('stay out of errors, also when the vendor repeats them', async () => {
    await withModel(
      ({ headers }) =>
        json(errorBody(400, 'INVALID_ARGUMENT', `Bad key ${String(headers['x-goog-api-key'])}`), { status: 400 }),
      async (model) => expectNoKey(key, await failureOf(model.respond('Hi')), model),
    )
  })
})

describe('beside answers', () => {
  it('counts tokens and lists models', async () => {
    await withModel(
      ({ path }) =>
        json(
          path.includes('countTokens')
            ? { totalTokens: 9 }
            : { models: [{ name: 'models/gemini-2.5-flash', inputTokenLimit: 1_048_576 }] },
        ),
      async (model, server) => {
        expect(
          await model.countTokens([
            { role: 'system', content: 'Be short.' },
            { role: 'user', content: 'Hi' },
          ]),
        ).toBe(9)
        expect(server.requests[0]!.json).toEqual({
          generateContentRequest: {
            model: 'models/gemini-2.5-flash',
            contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
            systemInstruction: { parts: [{ text: 'Be short.' }] },
          },
        })
        expect(await model.listModels()).toMatchObject([{ modelId: 'gemini-2.5-flash', maxTokens: 1_048_576 }])
      },
    )
  })
})

describe('settings', () => {
  it.for([
    [{ modelName: 'm' }, 'auth', 'Set GEMINI_API_KEY or GOOGLE_API_KEY'],
    [{ apiKey: key }, 'config', 'modelName must name a model'],
    [{ modelName: 'm', apiKey: key, api_version: 'v1' }, 'config', 'Did you mean "apiVersion"?'],
  ] as const)('%j is refused with %s', ([settings, code, message]) => {
    vi.stubEnv('GEMINI_API_KEY', '')
    vi.stubEnv('GOOGLE_API_KEY', '')
    expectRefused(() => createGeminiDriver(settings as never), code, message)
  })

  it('register as gemini, with the key of the environment and the window of the catalogue', async () => {
    vi.stubEnv('GOOGLE_API_KEY', key)
    const registry = new PluginRegistry()
    registry.use(plugin)
    expect((await registry.models.get('gemini:gemini-2.5-flash')).info()).toMatchObject({
      provider: 'gemini',
      maxTokens: 1_048_576,
    })
  })
})

describe('the README', () => {
  it('has an example that runs', async () => {
    const written = await withModel(
      () => json(answer),
      (_, { url: baseUrl }) =>
        runReadmeExample(new URL('../README.md', import.meta.url), GeminiModel, { apiKey: key, baseUrl }),
    )
    expect(written).toEqual(['Hi', 'gemini-2.5-flash-001', 4])
  })
})

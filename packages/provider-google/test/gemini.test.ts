import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { json, sse, sseEvent, startScriptedServer, stream, text } from '@insidellms/conformance'
import { type ChatMessage, InsideLLMsError, type InsideLLMsErrorCode, PluginRegistry } from '@insidellms/core'
import { loadBodyValidator } from '@insidellms/test-support'
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
const bytes = Buffer.from(events.map((event) => sseEvent(event)).join(''))

afterEach(() => vi.unstubAllEnvs())

async function failed(call: Promise<unknown>): Promise<InsideLLMsError> {
  const error = await call.then(
    () => expect.fail('it must throw'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(InsideLLMsError)
  return error as InsideLLMsError
}

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
    const options = fc.record(
      {
        temperature: fc.double({ min: 0, max: 2, noNaN: true }),
        topP: fc.double({ min: 0, max: 1, noNaN: true }),
        topK: fc.integer({ min: 1, max: 100 }),
        maxTokens: fc.integer({ min: 1, max: 4096 }),
        stop: fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }),
        seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        presencePenalty: fc.double({ min: -2, max: 1.9, noNaN: true }),
        frequencyPenalty: fc.double({ min: -2, max: 1.9, noNaN: true }),
        logprobs: fc.boolean(),
        topLogprobs: fc.integer({ min: 0, max: 20 }),
        responseFormat: fc.constantFrom(
          { type: 'text' as const },
          { type: 'json' as const },
          { type: 'json_schema' as const, schema: { type: 'object' } },
        ),
        tools: fc.constant([{ name: 'look', description: 'Looks.', parameters: { type: 'object', properties: {} } }]),
        toolChoice: fc.constantFrom('auto' as const, 'none' as const, 'required' as const, { name: 'look' }),
        reasoning: fc.constantFrom<{ effort?: 'none' | 'low' | 'high' | 'xhigh'; budgetTokens?: number }[]>(
          { effort: 'none' },
          { effort: 'low' },
          { effort: 'xhigh' },
          { budgetTokens: 512 },
          { effort: 'high', budgetTokens: 512 },
        ),
      },
      { requiredKeys: [] },
    )
    await withModel(
      () => json(answer),
      async (model, server) => {
        await fc.assert(
          fc.asyncProperty(options, async (given) => {
            const { ledger } = await model.respond('Hi', given as never)
            const body = server.requests.at(-1)!.json as Record<string, any>
            expect(validate?.(body) ?? []).toEqual([])
            expect(Object.keys(ledger).sort()).toEqual(Object.keys(given).sort())
            const pointed = new Set(['/generationConfig/responseMimeType'])
            for (const [option, { wire, value, status }] of Object.entries(ledger)) {
              const there = wire
                ?.slice(1)
                .split('/')
                .reduce<any>((held, name) => held?.[name], body)
              expect(there, option).toEqual(value)
              expect(status === 'refused', option).toBe(wire === undefined)
              if (wire) pointed.add(wire)
            }
            for (const name of Object.keys(body['generationConfig'] ?? {}))
              expect(pointed).toContain(`/generationConfig/${name}`)
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
        const error = await failed(model.respond('Hi'))
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
        expect((await failed(model.stream('Hi').response)).code).toBe('content_filter')
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

describe('streams', () => {
  it('that are cut at any byte finish only behind the finish reason', async () => {
    let cut = 0
    await withModel(
      () => stream([bytes.subarray(0, cut)], { contentType: 'text/event-stream' }),
      async (model) => {
        for (cut = 0; cut <= bytes.length; cut++) {
          const outcome = await model.stream('Hi').response.then(
            ({ text: said }) => said,
            (error: InsideLLMsError) => error.code,
          )
          expect(outcome, `cut at ${cut} of ${bytes.length}`).toBe(
            cut >= bytes.length - 2 ? 'Grüße, 世界 🌍' : 'incomplete_stream',
          )
        }
      },
    )
  }, 120_000)

  it('survive being split at every byte', async () => {
    await withModel(
      () =>
        stream(
          Array.from(bytes, (byte) => Uint8Array.of(byte)),
          { contentType: 'text/event-stream' },
        ),
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
        expect(await failed(model.stream('Hi').response)).toMatchObject({
          code: 'server',
          status: 503,
          partial: { text: 'Grüße' },
        })
      },
    )
  })

  it('and calls end their request when they are left or aborted', async () => {
    await withModel(
      () => stream([sseEvent(events[0])], { contentType: 'text/event-stream', endWith: 'hang' }),
      async (model, server) => {
        for await (const piece of model.stream('Hi')) {
          expect(piece).toBe('Grüße')
          break
        }
        expect(await server.requests[0]!.ended).toBe('abandoned')
      },
    )
    await withModel(
      () => ({ ...json(answer), firstByteMs: 10_000 }),
      async (model, server) => {
        await model.countTokens('warm').catch(() => undefined)
        expect((await failed(model.respond('Hi', { timeoutMs: 500 }))).code).toBe('timeout')
        expect(await server.requests.at(-1)!.ended).toBe('abandoned')
      },
      { timeoutMs: 500 },
    )
  })
})

describe('failures', () => {
  const error = (code: number, status: string, message: string, details?: object[]): object => ({
    error: { code, status, message, ...(details && { details }) },
  })
  const retryInfo = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34s' }]
  const cases: [number, object, InsideLLMsErrorCode, Partial<InsideLLMsError>][] = [
    [400, error(400, 'INVALID_ARGUMENT', 'Invalid value.'), 'invalid_request', { retryable: false }],
    [
      400,
      error(
        400,
        'INVALID_ARGUMENT',
        'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
      ),
      'context_overflow',
      {},
    ],
    [
      400,
      error(400, 'INVALID_ARGUMENT', 'API key not valid.', [{ reason: 'API_KEY_INVALID' }]),
      'auth',
      { retryable: false },
    ],
    [403, error(403, 'PERMISSION_DENIED', 'No.'), 'auth', {}],
    [404, error(404, 'NOT_FOUND', 'models/x is not found.'), 'not_found', {}],
    [
      429,
      error(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded.', retryInfo),
      'rate_limited',
      { retryable: true, retryAfterMs: 34_000 },
    ],
    [500, error(500, 'INTERNAL', 'Oops.'), 'server', { retryable: true }],
    [503, error(503, 'UNAVAILABLE', 'Overloaded.'), 'server', { retryable: true }],
    [504, error(504, 'DEADLINE_EXCEEDED', 'Too slow.'), 'timeout', { retryable: true }],
  ]
  it.for(cases)('%d %j', async ([status, body, code, fields]) => {
    await withModel(
      ({ path }) => json(path.includes('stream') ? [body] : body, { status }),
      async (model) => {
        for (const call of [model.respond('Hi'), model.stream('Hi').response])
          expect(await failed(call)).toMatchObject({ code, status, ...fields })
      },
    )
  })

  it('that are no JSON', async () => {
    await withModel(
      () => text('<html>Bad gateway</html>', { status: 502 }),
      async (model) => {
        expect((await failed(model.respond('Hi'))).code).toBe('server')
      },
    )
    await withModel(
      () => text('{"candidates": [', { contentType: 'application/json' }),
      async (model) => {
        expect((await failed(model.respond('Hi'))).code).toBe('invalid_response')
      },
    )
  })

  it('keep the key to themselves', async () => {
    await withModel(
      ({ headers }) =>
        json(error(400, 'INVALID_ARGUMENT', `Bad key ${String(headers['x-goog-api-key'])}`), { status: 400 }),
      async (model) => {
        const thrown = await failed(model.respond('Hi'))
        expect(inspect(thrown, { depth: 9, showHidden: true })).not.toContain(key)
        expect(inspect(model, { depth: 9, showHidden: true })).not.toContain(key)
      },
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
    [{ modelName: 'm' }, 'Set GEMINI_API_KEY or GOOGLE_API_KEY'],
    [{ apiKey: key }, 'modelName must name a model'],
    [{ modelName: 'm', apiKey: key, api_version: 'v1' }, 'Did you mean "apiVersion"?'],
  ])('%j is refused', ([settings, message]) => {
    vi.stubEnv('GEMINI_API_KEY', '')
    vi.stubEnv('GOOGLE_API_KEY', '')
    expect(() => createGeminiDriver(settings as never)).toThrow(message as string)
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
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const code = /```ts\n([\s\S]*?)```/
      .exec(readme)![1]!
      .replace(/^import .*\n/gm, '')
      .replaceAll('console.log', 'write')
    await using server = await startScriptedServer(() => json(answer))
    class Local extends GeminiModel {
      constructor(settings: ConstructorParameters<typeof GeminiModel>[0]) {
        super({ ...settings, apiKey: key, baseUrl: server.url })
      }
    }
    const written: unknown[] = []
    const run = new Function('GeminiModel', 'write', `return (async () => {${code}})()`)
    await run(Local, (...values: unknown[]) => written.push(...values))
    expect(written).toEqual(['Hi', 'gemini-2.5-flash-001', 4])
  })
})

import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { json, ndjson, stream, text } from '@insidellms/conformance'
import { type ChatMessage, InsideLLMsError, type InsideLLMsErrorCode, PluginRegistry } from '@insidellms/core'
import { loadBodyValidator } from '@insidellms/test-support'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createOllamaDriver } from '../src/ollama-driver.ts'
import { OllamaModel } from '../src/ollama-model.ts'
import plugin from '../src/plugin.ts'
import { answer, facts, lastBody, withModel } from './support.ts'
import { startScriptedServer } from '@insidellms/conformance'

const line = (content: string, more: object = {}): object => ({
  model: 'llama3.2:3b',
  message: { role: 'assistant', content },
  done: false,
  ...more,
})
const lines = [line('Grüße'), line(', 世界 🌍'), { ...answer, message: { role: 'assistant', content: '' } }]
const wire = Buffer.from(lines.map((object) => `${JSON.stringify(object)}\n`).join(''))

afterEach(() => vi.unstubAllEnvs())

async function failed(call: Promise<unknown>): Promise<InsideLLMsError> {
  const error = await call.then(
    () => expect.fail('it must throw'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(InsideLLMsError)
  return error as InsideLLMsError
}

describe('the window', () => {
  it('is always sent, and the ledger says whose choice it was', async () => {
    await withModel(
      () => json(answer),
      async (model, server) => {
        const { ledger } = await model.respond('Hi')
        expect(lastBody(server)).toMatchObject({ options: { num_ctx: 4096 }, truncate: false, shift: false })
        expect(ledger['contextSize']).toMatchObject({ status: 'adjusted', wire: '/options/num_ctx', value: 4096 })
      },
    )
    await withModel(
      () => json(answer),
      async (model, server) => {
        const { ledger } = await model.respond('Hi')
        expect(lastBody(server)['options']).toEqual({ num_ctx: 64 })
        expect(ledger['contextSize']!.status).toBe('mapped')
        expect(model.info().maxTokens).toBe(64)
      },
      { contextSize: 64 },
    )
  })

  const long = 'All work and no play makes Jack a dull boy. '.repeat(200)

  it.for([
    ['half of it (ollama/ollama#17427)', 1026],
    ['all of it', 2048],
  ] as const)('that was cut silently to %s is context_overflow', async ([, count]) => {
    await withModel(
      ({ body }) =>
        body.includes('"stream":true')
          ? ndjson([line('Hm'), { ...answer, prompt_eval_count: count }])
          : json({ ...answer, prompt_eval_count: count }),
      async (model) => {
        for (const call of [model.respond(long), model.stream(long).response]) {
          const error = await failed(call)
          expect(error.code).toBe('context_overflow')
          expect(error.message).toMatch(/window of 2048 tokens/)
        }
      },
      { contextSize: 2048 },
    )
  })

  it('that a long prompt fits is no error', async () => {
    await withModel(
      () => json({ ...answer, prompt_eval_count: 2000 }),
      async (model) => {
        expect((await model.respond(long)).usage?.inputTokens).toBe(2000)
      },
    )
  })

  it('that a new server refuses to cut is context_overflow too', async () => {
    await withModel(
      () => json({ error: 'the input length exceeds the context length' }, { status: 400 }),
      async (model) => {
        expect((await failed(model.respond('Hi'))).code).toBe('context_overflow')
      },
    )
  })
})

describe('what answered', () => {
  it('is asked once: digest, quantisation, version', async () => {
    await withModel(
      () => json(answer),
      async (model, server) => {
        const { served } = await model.respond('Hi')
        expect(served).toEqual({
          model: 'llama3.2:3b',
          sha256: 'a80c4f17acd5',
          quantization: 'Q4_K_M',
          engine: 'ollama 0.13.1',
          sdk: { name: 'ollama', version: '0.6.4' },
        })
        await model.respond('Hi')
        expect(server.requests.filter(({ path }) => path === '/api/show')).toHaveLength(1)
      },
    )
  })

  it('names the installed SDK', () => {
    const { version } = JSON.parse(
      readFileSync(new URL('../node_modules/ollama/package.json', import.meta.url), 'utf8'),
    )
    expect(version).toBe('0.6.4')
  })
})

describe('requests', () => {
  const chat: ChatMessage[] = [
    { role: 'system', content: 'Be short.' },
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
        { type: 'reasoning', text: 'Hm.' },
        { type: 'tool-call', id: 'c1', name: 'look', arguments: '{"at":"sky"}' },
      ],
    },
    { role: 'tool', toolCallId: 'c1', toolName: 'look', content: 'blue' },
    { role: 'user', content: 'So?' },
  ]

  it('carry images, tools, thinking and tool results', async () => {
    await withModel(
      () => json(answer),
      async (model, server) => {
        const { ledger } = await model.respond(chat, {
          tools: [{ name: 'look', parameters: { type: 'object' } }],
          reasoning: { effort: 'high' },
          maxTokens: 5,
        })
        expect(lastBody(server)['messages']).toEqual([
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'Look.', images: ['AQID'] },
          {
            role: 'assistant',
            content: '',
            thinking: 'Hm.',
            tool_calls: [{ id: 'c1', function: { name: 'look', arguments: { at: 'sky' } } }],
          },
          { role: 'tool', content: 'blue', tool_call_id: 'c1', tool_name: 'look' },
          { role: 'user', content: 'So?' },
        ])
        expect(lastBody(server)).toMatchObject({
          think: 'high',
          options: { num_predict: 5 },
          tools: [{ type: 'function', function: { name: 'look' } }],
        })
        expect(ledger).toMatchObject({ reasoning: { status: 'mapped' }, maxTokens: { status: 'sent' } })
      },
    )
  })

  it('do not fetch images', async () => {
    await withModel(
      () => json(answer),
      async (model) => {
        const error = await failed(
          model.respond([{ role: 'user', content: [{ type: 'image', image: 'https://example.org/a.png' }] }]),
        )
        expect(error.code).toBe('unsupported')
      },
    )
  })

  it('say what became of arguments that are no object', async () => {
    await withModel(
      () => json(answer),
      async (model) => {
        const { ledger } = await model.respond([
          { role: 'assistant', content: [{ type: 'tool-call', id: 'c1', name: 'look', arguments: '{"at"' }] },
          { role: 'user', content: 'So?' },
        ])
        expect(ledger['messages']).toMatchObject({
          status: 'adjusted',
          reason: expect.stringContaining('no JSON object'),
        })
      },
    )
  })

  it('to the generate endpoint carry one prompt', async () => {
    const generated = { model: 'llama3.2', response: 'Hi', done: true, done_reason: 'stop', eval_count: 1 }
    await withModel(
      () => json(generated),
      async (model, server) => {
        expect(await model.generate('Once', { providerOptions: { raw: true } })).toBe('Hi')
        expect(lastBody(server)).toMatchObject({ prompt: 'Once', raw: true })
        expect((await failed(model.respond(chat))).code).toBe('unsupported')
      },
      { api: 'generate' },
    )
  })

  const validate = loadBodyValidator('ollama.openapi.yaml', '/api/chat')

  it('agree with the ledger for 200 random option sets, and with the published schema where it is at hand', async () => {
    const options = fc.record(
      {
        temperature: fc.double({ min: 0, max: 2, noNaN: true }),
        topP: fc.double({ min: 0, max: 1, noNaN: true }),
        topK: fc.integer({ min: 1, max: 100 }),
        maxTokens: fc.integer({ min: 1, max: 4096 }),
        stop: fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }),
        seed: fc.integer({ min: 0, max: 2 ** 31 }),
        presencePenalty: fc.double({ min: -2, max: 2, noNaN: true }),
        logprobs: fc.boolean(),
        topLogprobs: fc.integer({ min: 0, max: 20 }),
        responseFormat: fc.constantFrom(
          { type: 'text' as const },
          { type: 'json' as const },
          { type: 'json_schema' as const, schema: { type: 'object' } },
        ),
        toolChoice: fc.constantFrom('auto' as const, 'required' as const),
        reasoning: fc.constantFrom(
          { effort: 'none' as const },
          { effort: 'minimal' as const },
          { effort: 'high' as const },
          { budgetTokens: 9 },
        ),
      },
      { requiredKeys: [] },
    )
    await withModel(
      () => json(answer),
      async (model, server) => {
        await fc.assert(
          fc.asyncProperty(options, async (given) => {
            const { ledger } = await model.respond('Hi', given)
            const body = lastBody(server)
            expect(validate?.(body) ?? []).toEqual([])
            expect(Object.keys(ledger).sort()).toEqual([...Object.keys(given), 'contextSize'].sort())
            for (const [option, { wire: place, value, status }] of Object.entries(ledger)) {
              const there = place
                ?.slice(1)
                .split('/')
                .reduce<any>((held, key) => held?.[key], body)
              expect(there, option).toEqual(value)
              if (status === 'refused') expect(place, option).toBeUndefined()
            }
            const pointed = Object.values(ledger).flatMap(({ wire: place }) => (place ? [place] : []))
            const sent = Object.keys(body['options']).map((name) => `/options/${name}`)
            expect(sent.filter((place) => !pointed.includes(place))).toEqual([])
          }),
          { numRuns: 200 },
        )
      },
    )
  })
})

describe('answers', () => {
  it('bring log probabilities', async () => {
    const logprobs = [
      {
        token: 'Hi',
        logprob: -0.1,
        bytes: [72, 105],
        top_logprobs: [
          { token: 'Hi', logprob: -0.1 },
          { token: 'Ho', logprob: -3 },
        ],
      },
    ]
    await withModel(
      () => json({ ...answer, logprobs }),
      async (model) => {
        expect((await model.respond('Hi', { logprobs: true, topLogprobs: 2 })).logprobs).toEqual([
          {
            token: 'Hi',
            logprob: -0.1,
            bytes: [72, 105],
            top: [
              { token: 'Hi', logprob: -0.1 },
              { token: 'Ho', logprob: -3 },
            ],
          },
        ])
      },
    )
  })

  it('without a count report no count', async () => {
    const { prompt_eval_count: _, ...silent } = answer
    await withModel(
      () => json(silent),
      async (model) => {
        expect((await model.respond('Hi')).usage).not.toHaveProperty('inputTokens')
      },
    )
  })
})

describe('streams', () => {
  it('that are cut at any byte finish only behind done', async () => {
    let cut = 0
    await withModel(
      () => stream([wire.subarray(0, cut)], { contentType: 'application/x-ndjson' }),
      async (model) => {
        for (cut = 0; cut <= wire.length; cut++) {
          const outcome = await model.stream('Hi').response.then(
            ({ text: said }) => said,
            (error: InsideLLMsError) => error.code,
          )
          expect(outcome, `cut at ${cut} of ${wire.length}`).toBe(
            cut >= wire.length - 1 ? 'Grüße, 世界 🌍' : 'incomplete_stream',
          )
        }
      },
    )
  })

  it('survive being split at every byte', async () => {
    await withModel(
      () =>
        stream(
          Array.from(wire, (byte) => Uint8Array.of(byte)),
          { contentType: 'application/x-ndjson' },
        ),
      async (model) => {
        expect((await model.stream('Hi').response).text).toBe('Grüße, 世界 🌍')
      },
    )
  })

  it('lose no line that is no JSON: they fail', async () => {
    await withModel(
      () =>
        stream([`${JSON.stringify(lines[0])}\n{"broken\n${JSON.stringify(lines[2])}\n`], {
          contentType: 'application/x-ndjson',
        }),
      async (model) => {
        expect((await failed(model.stream('Hi').response)).code).toBe('invalid_response')
      },
    )
  })

  it('throw the error that they bring', async () => {
    await withModel(
      () => ndjson([lines[0], { error: 'an error was encountered while running the model' }]),
      async (model) => {
        expect(await failed(model.stream('Hi').response)).toMatchObject({ code: 'server', partial: { text: 'Grüße' } })
      },
    )
  })

  it('and calls abort while the server is silent', async () => {
    await withModel(
      () => ({ ...json(answer), firstByteMs: 10_000 }),
      async (model, server) => {
        for (const call of [model.respond('Hi', { timeoutMs: 100 }), model.stream('Hi', { timeoutMs: 100 }).response]) {
          expect((await failed(call)).code).toBe('timeout')
        }
        for (const request of server.requests.filter(({ path }) => path === '/api/chat'))
          expect(await request.ended).toBe('abandoned')
      },
    )
  })
})

describe('failures', () => {
  const cases: [number, string, InsideLLMsErrorCode, boolean][] = [
    [400, 'bad request', 'invalid_request', false],
    [401, 'unauthorized', 'auth', false],
    [404, "model 'x' not found", 'not_found', false],
    [429, 'too many requests', 'rate_limited', true],
    [500, 'llama runner process has terminated', 'server', true],
    [503, 'server busy, please try again', 'server', true],
  ]
  it.for(cases)('%d %s', async ([status, message, code, retryable]) => {
    const log = vi.spyOn(console, 'log')
    await withModel(
      () => json({ error: message }, { status, headers: { 'retry-after': '3' } }),
      async (model) => {
        const error = await failed(model.respond('Hi'))
        expect(error).toMatchObject({ code, status, retryable, retryAfterMs: 3000 })
        expect(error.message).toContain(message)
      },
    )
    // The SDK prints on failures; this package answers before it can.
    expect(log).not.toHaveBeenCalled()
    log.mockRestore()
  })

  it('with an HTML body', async () => {
    await withModel(
      () => text('<html>Bad gateway</html>', { status: 502 }),
      async (model) => {
        expect((await failed(model.respond('Hi'))).code).toBe('server')
      },
    )
  })

  it('keep the key to themselves', async () => {
    await withModel(
      ({ headers }) => json({ error: `bad ${headers.authorization}` }, { status: 401 }),
      async (model) => {
        const error = await failed(model.respond('Hi'))
        expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('cloud-key-1234')
      },
      { apiKey: 'cloud-key-1234' },
    )
  })
})

describe('settings', () => {
  it('come from the environment where they are not given', async () => {
    await using server = await startScriptedServer((request) => facts(request) ?? json(answer))
    vi.stubEnv('OLLAMA_HOST', server.url)
    vi.stubEnv('OLLAMA_API_KEY', 'cloud-key-1234')
    await using model = new OllamaModel({ modelName: 'llama3.2' })
    await model.generate('Hi')
    expect(server.requests[0]!.headers.authorization).toBe('Bearer cloud-key-1234')
  })

  it.for([
    [{}, 'modelName must name a model'],
    [{ modelName: 'm', contextSize: 0 }, 'contextSize must be'],
    [{ modelName: 'm', api: 'embed' }, 'api must be "chat" or "generate"'],
    [{ modelName: 'm', num_ctx: 5 }, 'no setting "num_ctx"'],
  ])('%j is refused', ([settings, message]) => {
    expect(() => createOllamaDriver(settings as never)).toThrow(message as string)
  })

  it('register as ollama, and list what the server has', async () => {
    const registry = new PluginRegistry()
    registry.use(plugin)
    expect((await registry.models.get('ollama:qwen3:8b')).info().modelId).toBe('qwen3:8b')
    await withModel(
      () => json(answer),
      async (model) => {
        expect(await model.listModels()).toMatchObject([
          { modelId: 'llama3.2:latest', extra: { digest: 'a80c4f17acd5' } },
        ])
      },
    )
  })
})

describe('the README', () => {
  it('has an example that runs', async () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const code = /```ts\n([\s\S]*?)```/
      .exec(readme)![1]!
      .replace(/^import .*\n/gm, '')
      .replaceAll('console.log', 'write')
    await using server = await startScriptedServer((request) => facts(request) ?? json(answer))
    class Local extends OllamaModel {
      constructor(settings: ConstructorParameters<typeof OllamaModel>[0]) {
        super({ ...settings, baseUrl: server.url })
      }
    }
    const written: unknown[] = []
    const run = new Function('OllamaModel', 'write', `return (async () => {${code}})()`)
    await run(Local, (...values: unknown[]) => written.push(...values))
    expect(written).toEqual(['Hi', 'a80c4f17acd5', 'Q4_K_M', 'ollama 0.13.1'])
  })
})

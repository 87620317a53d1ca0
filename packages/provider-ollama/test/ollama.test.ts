import { readFileSync } from 'node:fs'
import { json, ndjson, startScriptedServer, stream } from '@insidellms/conformance'
import { type ChatMessage, type InsideLLMsErrorCode, PluginRegistry } from '@insidellms/core'
import {
  describeConnections,
  describeStreams,
  expectLedger,
  expectNoKey,
  failureOf,
  loadBodyValidator,
  randomOptions,
  runReadmeExample,
  expectRefused,
} from '@insidellms/test-support'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createOllamaDriver } from '../src/ollama-driver.ts'
import { OllamaModel } from '../src/ollama-model.ts'
import plugin from '../src/plugin.ts'
import { answer, facts, lastBody, withModel } from './support.ts'

const line = (content: string, more: object = {}): object => ({
  model: 'llama3.2:3b',
  message: { role: 'assistant', content },
  done: false,
  ...more,
})
const lines = [line('Grüße'), line(', 世界 🌍'), { ...answer, message: { role: 'assistant', content: '' } }]
const frames = lines.map((object) => `${JSON.stringify(object)}\n`)

afterEach(() => vi.unstubAllEnvs())

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
          const error = await failureOf(call)
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
        expect((await failureOf(model.respond('Hi'))).code).toBe('context_overflow')
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
        const error = await failureOf(
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
        expect((await failureOf(model.respond(chat))).code).toBe('unsupported')
      },
      { api: 'generate' },
    )
  })

  const validate = loadBodyValidator('ollama.openapi.yaml', '/api/chat')

  it('agree with the ledger for 200 random option sets, and with the published schema where it is at hand', async () => {
    const options = randomOptions({
      maxTokens: fc.integer({ min: 1, max: 4096 }),
      seed: fc.integer({ min: 0, max: 2 ** 31 }),
    })
    const habits = { always: ['contextSize'], inside: 'options', implied: ['toolChoice', 'responseFormat'] }
    await withModel(
      () => json(answer),
      async (model, server) => {
        await fc.assert(
          fc.asyncProperty(options, async (given) => {
            const { ledger } = await model.respond('Hi', given)
            const body = lastBody(server)
            expect(validate?.(body) ?? []).toEqual([])
            expectLedger(ledger, body, given, habits)
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

const contentType = 'application/x-ndjson' as const
const sample = {
  withModel,
  frames,
  completeAt: Buffer.byteLength(frames.join('')) - 1,
  first: 'Grüße',
  text: 'Grüße, 世界 🌍',
  contentType,
}

describeStreams(sample)

// Its version, tags and facts are asked for at once.
describeConnections({ ...sample, answer, sockets: 3 })

describe('what streams bring', () => {
  it('lose no line that is no JSON: they fail', async () => {
    await withModel(
      () => stream([`${frames[0]}{"broken\n${frames[2]}`], { contentType }),
      async (model) => {
        expect((await failureOf(model.stream('Hi').response)).code).toBe('invalid_response')
      },
    )
  })

  it('throw the error that they bring', async () => {
    await withModel(
      () => ndjson([lines[0], { error: 'an error was encountered while running the model' }]),
      async (model) => {
        expect(await failureOf(model.stream('Hi').response)).toMatchObject({
          code: 'server',
          partial: { text: 'Grüße' },
        })
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
        const error = await failureOf(model.respond('Hi'))
        expect(error).toMatchObject({ code, status, retryable, retryAfterMs: 3000 })
        expect(error.message).toContain(message)
      },
    )
    // The SDK prints on failures; this package answers before it can.
    expect(log).not.toHaveBeenCalled()
    log.mockRestore()
  })
})

describe('keys', () => {
  it('stay out of errors, also when the server repeats them', async () => {
    await withModel(
      ({ headers }) => json({ error: `bad ${headers.authorization}` }, { status: 401 }),
      async (model) => expectNoKey('cloud-key-1234', await failureOf(model.respond('Hi')), model),
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
  ] as const)('%j is refused', ([settings, message]) => {
    expectRefused(() => createOllamaDriver(settings as never), 'config', message)
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
    const written = await withModel(
      () => json(answer),
      (_, { url: baseUrl }) => runReadmeExample(new URL('../README.md', import.meta.url), OllamaModel, { baseUrl }),
    )
    expect(written).toEqual(['Hi', 'a80c4f17acd5', 'Q4_K_M', 'ollama 0.13.1'])
  })
})

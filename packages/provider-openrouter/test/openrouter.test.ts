import { json, sse, startScriptedServer, type ScriptedServer } from '@insidellms/conformance'
import { PluginRegistry } from '@insidellms/core'
import {
  askRecorded,
  expectChatCompletion,
  expectLedger,
  failureOf,
  loadBodyValidator,
  loadRecordings,
  randomOptions,
  type Recording,
  replay,
  runReadmeExample,
} from '@insidellms/test-support'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { OpenRouterModel } from '../src/openrouter-model.ts'
import type { OpenRouterRouting } from '../src/openrouter-routing.ts'
import plugin from '../src/plugin.ts'

const key = 'sk-or-v1-0123456789'
const answer = {
  id: 'gen-1',
  object: 'chat.completion',
  model: 'meta-llama/llama-3.3-70b-instruct',
  provider: 'DeepInfra',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop', native_finish_reason: 'eos' },
  ],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4, cost: 0.001 },
}
const endpoints = [
  { provider_name: 'DeepInfra', quantization: 'fp8' },
  { provider_name: 'Together', quantization: 'fp8' },
  { provider_name: 'Together', quantization: 'bf16' },
  { provider_name: 'Groq', quantization: 'unknown' },
]

function startOpenRouter(body: object = answer): Promise<ScriptedServer> {
  return startScriptedServer(({ path }) => (path.endsWith('/endpoints') ? json({ data: { endpoints } }) : json(body)))
}

function modelAt(
  server: ScriptedServer,
  settings: Partial<ConstructorParameters<typeof OpenRouterModel>[0]> = {},
): OpenRouterModel {
  return new OpenRouterModel({
    modelName: 'meta-llama/llama-3.3-70b-instruct',
    apiKey: key,
    baseUrl: `${server.url}/api/v1`,
    maxRetries: 0,
    ...settings,
  })
}

afterEach(() => vi.unstubAllEnvs())

const recordings = loadRecordings('openrouter').filter(({ api }) => api === 'chat.completions')
const isFailure = ({ status, body }: Recording): boolean =>
  status !== 200 || /^data: .*"error":\s*\{/m.test(body.toString())

describe.skipIf(recordings.length === 0)('recordings of OpenRouter (needs ../shared/recordings)', () => {
  const ask = async (recording: Recording) => {
    await using server = await startScriptedServer(({ method }) =>
      method === 'GET' ? json({}, { status: 404 }) : replay(recording),
    )
    await using model = modelAt(server)
    return await askRecorded(model, recording)
  }

  it.for(recordings.filter((recording) => !isFailure(recording)))('reads $file without loss', async (recording) => {
    const { response, text } = await ask(recording)
    expectChatCompletion(response, recording)
    expect(text).toBe(response.text)
  })

  it.for(recordings.filter(isFailure))('throws the error of $file', async (recording) => {
    const error = await failureOf(ask(recording))
    const codes: Record<number, string[]> = {
      400: ['invalid_request', 'context_overflow'],
      429: ['rate_limited'],
      200: ['server', 'rate_limited', 'invalid_request'],
    }
    expect(codes[recording.status]).toContain(error.code)
  })
})

describe('routing', () => {
  it('that is pinned goes out, and the ledger is content', async () => {
    await using server = await startOpenRouter()
    await using model = modelAt(server, {
      routing: { only: ['deepinfra'], quantizations: ['fp8'], allowFallbacks: false },
    })
    const { ledger, served } = await model.respond('Hi')
    const provider = { require_parameters: true, only: ['deepinfra'], quantizations: ['fp8'], allow_fallbacks: false }
    expect(server.requests[0]!.json).toMatchObject({ provider })
    expect(ledger['routing']).toEqual({ status: 'mapped', wire: '/provider', value: provider })
    expect(served).toMatchObject({ route: 'DeepInfra', quantization: 'fp8' })
  })

  it.for<[OpenRouterRouting | undefined, string]>([
    [undefined, 'upstreams'],
    [{ order: ['deepinfra'] }, 'upstreams'],
    [{ order: ['deepinfra'], allowFallbacks: false }, 'quantizations'],
    [{ quantizations: ['fp8'] }, 'upstreams'],
  ])('%j is not pinned, and the ledger says what is missing', async ([routing, missing]) => {
    await using server = await startOpenRouter()
    await using model = modelAt(server, routing === undefined ? {} : { routing })
    const entry = (await model.respond('Hi')).ledger['routing']!
    expect(entry.status).toBe('adjusted')
    expect(entry.reason).toContain(missing)
  })

  it('may come with a call instead', async () => {
    await using server = await startOpenRouter()
    await using model = modelAt(server)
    const { ledger } = await model.respond('Hi', {
      providerOptions: { provider: { only: ['groq'], quantizations: ['fp8'] } },
    })
    expect(server.requests[0]!.json).toMatchObject({ provider: { only: ['groq'], quantizations: ['fp8'] } })
    expect(ledger['routing']!.status).toBe('mapped')
  })

  it('with a misspelt key is refused', () => {
    expect(
      () => new OpenRouterModel({ modelName: 'm', apiKey: key, routing: { quantization: ['fp8'] } as never }),
    ).toThrow('Did you mean "quantizations"?')
  })
})

describe('the quantisation', () => {
  it.for([
    ['Together', undefined],
    ['Groq', undefined],
    ['Nobody', undefined],
    ['DeepInfra', 'fp8'],
  ] as const)('of %s is %s, asked once', async ([provider, quantization]) => {
    await using server = await startOpenRouter({ ...answer, provider })
    await using model = modelAt(server)
    expect((await model.respond('Hi')).served.quantization).toBe(quantization)
    await model.respond('Hi')
    expect(server.requests.filter(({ method }) => method === 'GET')).toHaveLength(1)
  })
})

describe('reasoning', () => {
  it('goes back with its signature on the next turn', async () => {
    const detail = (text: string, signature?: string) => ({
      type: 'reasoning.text',
      index: 0,
      text,
      ...(signature && { signature }),
    })
    const delta = (piece: object, finish: string | null = null) => ({
      id: 'gen-1',
      choices: [{ index: 0, delta: piece, finish_reason: finish }],
    })
    await using server = await startScriptedServer(({ method }) =>
      method === 'GET'
        ? json({ data: { endpoints: [] } })
        : sse([
            delta({ reasoning: 'Let me ', reasoning_details: [detail('Let me ')] }),
            delta({ reasoning: 'see.', reasoning_details: [detail('see.', 'sig-1')] }),
            delta({ content: 'Hi' }, 'stop'),
            '[DONE]',
          ]),
    )
    await using model = modelAt(server, { reasoning: { effort: 'high', budgetTokens: 2000 } })
    const { parts } = await model.stream('Hi').response
    expect(parts[0]).toEqual({
      type: 'reasoning',
      text: 'Let me see.',
      providerMetadata: { reasoning_details: [detail('Let me see.', 'sig-1')] },
    })
    await model.stream([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: parts },
      { role: 'user', content: 'And?' },
    ]).response
    const { messages, reasoning } = server.requests.findLast(({ method }) => method === 'POST')!.json as {
      messages: object[]
      reasoning: object
    }
    expect(reasoning).toEqual({ effort: 'high', max_tokens: 2000 })
    expect(messages[1]).toEqual({
      role: 'assistant',
      content: 'Hi',
      reasoning_details: [detail('Let me see.', 'sig-1')],
    })
  })
})

describe('errors', () => {
  it('inside a stream are thrown with what had arrived', async () => {
    await using server = await startScriptedServer(() =>
      sse([
        { id: 'gen-1', provider: 'X', choices: [{ index: 0, delta: { content: 'Hel' }, finish_reason: null }] },
        {
          id: 'gen-1',
          error: { code: 502, message: 'Provider disconnected' },
          choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
        },
      ]),
    )
    await using model = modelAt(server)
    await expect(model.stream('Hi').response).rejects.toMatchObject({
      code: 'server',
      status: 502,
      partial: { text: 'Hel' },
    })
  })

  it('in a body with HTTP 200 are thrown too', async () => {
    await using server = await startScriptedServer(() => json({ error: { code: 429, message: 'Rate limit exceeded' } }))
    await using model = modelAt(server)
    await expect(model.respond('Hi')).rejects.toMatchObject({ code: 'rate_limited' })
  })

  it('of an empty account are not retried', async () => {
    await using server = await startScriptedServer(() =>
      json({ error: { code: 402, message: 'Insufficient credits' } }, { status: 402 }),
    )
    await using model = modelAt(server, { maxRetries: 2 })
    await expect(model.respond('Hi')).rejects.toMatchObject({ code: 'rate_limited', retryable: false, attempts: 1 })
  })
})

describe('headers', () => {
  it('name the program that asks', async () => {
    await using server = await startOpenRouter()
    await using model = modelAt(server, { referer: 'https://example.org', title: 'A study' })
    await model.respond('Hi')
    expect(server.requests[0]!.headers).toMatchObject({
      'http-referer': 'https://example.org',
      'x-title': 'A study',
      authorization: `Bearer ${key}`,
    })
  })
})

const validate = loadBodyValidator('openrouter.openapi.yaml', '/chat/completions')

describe.skipIf(validate === undefined)('the published schema (needs ../shared/specs)', () => {
  it('accepts 200 random requests', async () => {
    await using server = await startOpenRouter()
    await using model = modelAt(server)
    const options = randomOptions({
      maxTokens: fc.integer({ min: 1, max: 4096 }),
      seed: fc.integer({ min: 0, max: 2 ** 31 }),
    })
    const habits = { always: ['routing'] }
    await fc.assert(
      fc.asyncProperty(options, async (given) => {
        const { ledger } = await model.respond('Hi', given)
        const body = server.requests.findLast(({ method }) => method === 'POST')!.json as Record<string, unknown>
        expect(validate!(body)).toEqual([])
        expectLedger(ledger, body, given, habits)
      }),
      { numRuns: 200 },
    )
  })
})

describe('the package', () => {
  it('registers openrouter, names its key variable, and knows windows from the catalogue', async () => {
    const registry = new PluginRegistry()
    registry.use(plugin)
    vi.stubEnv('OPENROUTER_API_KEY', '')
    expect(() => registry.models.get('openrouter:m')).toThrow('Set OPENROUTER_API_KEY')
    vi.stubEnv('OPENROUTER_API_KEY', key)
    const model = await registry.models.get('openrouter:openai/gpt-4o-mini')
    expect(model.info()).toMatchObject({ provider: 'openrouter', maxTokens: 128_000 })
  })

  it('has an example in its README that runs', async () => {
    await using server = await startOpenRouter()
    const written = await runReadmeExample(new URL('../README.md', import.meta.url), OpenRouterModel, {
      apiKey: key,
      baseUrl: server.url,
    })
    expect(written).toEqual(['Hi', 'DeepInfra', 'fp8', 'mapped'])
  })
})

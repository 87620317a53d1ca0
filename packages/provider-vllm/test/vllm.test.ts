import { json, startScriptedServer, type ScriptedServer } from '@insidellms/conformance'
import { InsideLLMsError, PluginRegistry } from '@insidellms/core'
import {
  askRecorded,
  expectChatCompletion,
  failureOf,
  loadRecordings,
  replay,
  runReadmeExample,
} from '@insidellms/test-support'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createVllmDriver } from '../src/vllm-driver.ts'
import { VllmModel } from '../src/vllm-model.ts'
import plugin from '../src/plugin.ts'

const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'Qwen/Qwen3-8B',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hi', reasoning_content: 'A greeting.' },
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
}

/** A server as vLLM is: /version at the root, its models with their window. */
function startVllm(body: object = answer): Promise<ScriptedServer> {
  return startScriptedServer(({ path }) => {
    if (path === '/version') return json({ version: '0.11.2' })
    if (path === '/v1/models') return json({ object: 'list', data: [{ id: 'Qwen/Qwen3-8B', max_model_len: 40_960 }] })
    return json(body)
  })
}

afterEach(() => vi.unstubAllEnvs())

const recordings = loadRecordings('vllm').filter(
  ({ api, body }) => api.endsWith('chat.completions') && body.toString() !== 'null',
)

describe.skipIf(recordings.length === 0)('recordings of vLLM (needs ../shared/recordings)', () => {
  it.for(recordings)('reads $file without loss', async (recording) => {
    await using server = await startScriptedServer(({ method }) =>
      method === 'GET' ? json({}, { status: 404 }) : replay(recording),
    )
    await using model = new VllmModel({ modelName: 'asked', baseUrl: `${server.url}/v1`, maxRetries: 0 })
    const { response, text } = await askRecorded(model, recording)
    expectChatCompletion(response, recording)
    expect(text).toBe(response.text)
  })
})

describe('what a server says of itself', () => {
  it('is asked once, and stands in served.engine and in the window', async () => {
    await using server = await startVllm()
    await using model = new VllmModel({ modelName: 'Qwen/Qwen3-8B', baseUrl: `${server.url}/v1` })
    expect(model.info().maxTokens).toBeNull()
    expect((await model.respond('Hi')).served).toMatchObject({ engine: 'vllm 0.11.2', model: 'Qwen/Qwen3-8B' })
    await model.respond('Hi')
    expect(model.info().maxTokens).toBe(40_960)
    expect(server.requests.map(({ path }) => path).sort()).toEqual([
      '/v1/chat/completions',
      '/v1/chat/completions',
      '/v1/models',
      '/version',
    ])
    expect((await model.listModels())[0]).toMatchObject({ modelId: 'Qwen/Qwen3-8B', maxTokens: 40_960 })
  })

  it('is asked once by calls at the same time', async () => {
    await using server = await startVllm()
    await using model = new VllmModel({ modelName: 'Qwen/Qwen3-8B', baseUrl: `${server.url}/v1` })
    for (const { served } of await model.batch(['a', 'b', 'c', 'd'], { concurrency: 4 }))
      expect(served.engine).toBe('vllm 0.11.2')
    expect(server.requests.filter(({ method }) => method === 'GET')).toHaveLength(2)
  })

  it('is unknown where a proxy hides it', async () => {
    await using server = await startScriptedServer(({ method }) =>
      method === 'GET' ? json({}, { status: 404 }) : json(answer),
    )
    await using model = new VllmModel({ modelName: 'm', baseUrl: `${server.url}/v1` })
    expect((await model.respond('Hi')).served.engine).toBeUndefined()
    expect(model.info().maxTokens).toBeNull()
  })
})

describe('options', () => {
  it('go out under vLLM’s names, its own through providerOptions', async () => {
    await using server = await startVllm()
    await using model = new VllmModel({
      modelName: 'Qwen/Qwen3-8B',
      baseUrl: `${server.url}/v1`,
      topK: 20,
      maxTokens: 9,
      seed: 1,
    })
    const { ledger, parts } = await model.respond('Hi', {
      reasoning: { effort: 'low' },
      providerOptions: { min_p: 0.1, structured_outputs: { choice: ['yes', 'no'] } },
    })
    const { json: body } = server.requests.find(({ method }) => method === 'POST')!
    expect(body).toMatchObject({
      top_k: 20,
      max_tokens: 9,
      seed: 1,
      min_p: 0.1,
      structured_outputs: { choice: ['yes', 'no'] },
    })
    expect(body).not.toHaveProperty('reasoning_effort')
    expect(ledger).toMatchObject({ reasoning: { status: 'refused' }, 'providerOptions.min_p': { status: 'sent' } })
    expect(parts).toEqual([
      { type: 'reasoning', text: 'A greeting.' },
      { type: 'text', text: 'Hi' },
    ])
  })
})

describe('prompt log probabilities', () => {
  const place = (id: number, text: string, logprob: number) => ({ [id]: { logprob, rank: 1, decoded_token: text } })

  it('are read where the prompt’s own token stands alone', async () => {
    await using server = await startVllm({ ...answer, prompt_logprobs: [null, place(9707, 'Hello', -1.5)] })
    await using model = new VllmModel({ modelName: 'm', baseUrl: `${server.url}/v1` })
    const { promptLogprobs } = await model.respond('Hello', { providerOptions: { prompt_logprobs: 0 } })
    expect(promptLogprobs).toEqual([
      { token: '', logprob: null },
      { token: 'Hello', logprob: -1.5 },
    ])
  })

  it('are read by token id where there are several candidates, and never guessed', async () => {
    const several = { ...place(15, ' best', -0.2), ...place(4, ' own', -2) }
    const told = { ...answer, prompt_logprobs: [null, several], prompt_token_ids: [1, 4] }
    await using server = await startVllm(told)
    await using model = new VllmModel({ modelName: 'm', baseUrl: `${server.url}/v1` })
    expect((await model.respond('x')).promptLogprobs?.[1]).toEqual({
      token: ' own',
      logprob: -2,
      top: [
        { token: ' best', logprob: -0.2 },
        { token: ' own', logprob: -2 },
      ],
    })
    await using silent = await startVllm({ ...answer, prompt_logprobs: [null, several] })
    await using other = new VllmModel({ modelName: 'm', baseUrl: `${silent.url}/v1` })
    const response = await other.respond('x')
    expect(response.promptLogprobs).toBeUndefined()
    expect(response.raw).toMatchObject({ prompt_logprobs: [null, several] })
  })
})

describe('errors', () => {
  it.for([
    ["This model's maximum context length is 40960 tokens. However, you requested 50000 tokens.", 'context_overflow'],
    ['The model `x` does not exist.', 'invalid_request'],
  ])('%s', async ([message, code]) => {
    await using server = await startScriptedServer(() =>
      json({ object: 'error', message, type: 'BadRequestError', code: 400 }, { status: 400 }),
    )
    await using model = new VllmModel({ modelName: 'm', baseUrl: `${server.url}/v1` })
    expect(await failureOf(model.respond('Hi'))).toMatchObject({ code, status: 400 })
  })
})

describe('settings', () => {
  it('come from the environment where they are not given', async () => {
    await using server = await startVllm()
    vi.stubEnv('VLLM_BASE_URL', `${server.url}/v1`)
    vi.stubEnv('VLLM_API_KEY', 'token-abc123')
    await using model = new VllmModel({ modelName: 'm' })
    await model.generate('Hi')
    expect(server.requests[0]!.headers.authorization).toBe('Bearer token-abc123')
  })

  it('that are wrong are refused', () => {
    expect(() => createVllmDriver({ modelName: 'm', baseUrl: 'nowhere' })).toThrow('baseUrl must be')
    expect(() => createVllmDriver({ modelName: 'm', model: 'm' } as never)).toThrow(InsideLLMsError)
  })

  it('register as vllm', async () => {
    const registry = new PluginRegistry()
    registry.use(plugin)
    expect((await registry.models.get('vllm:Qwen/Qwen3-8B', { contextWindow: 8192 })).info()).toMatchObject({
      provider: 'vllm',
      maxTokens: 8192,
    })
  })
})

describe('the README', () => {
  it('has an example that runs', async () => {
    await using server = await startVllm()
    const written = await runReadmeExample(new URL('../README.md', import.meta.url), VllmModel, {
      baseUrl: `${server.url}/v1`,
    })
    expect(written).toEqual(['Hi', 'vllm 0.11.2', undefined])
  })
})

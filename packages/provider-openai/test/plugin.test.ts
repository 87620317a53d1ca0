import { PluginRegistry } from '@insidellms/core'
import { json, sse } from '@insidellms/conformance'
import { runReadmeExample, expectRefused } from '@insidellms/test-support'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createOpenAIDriver } from '../src/openai-driver.ts'
import { OpenAIModel } from '../src/openai-model.ts'
import plugin from '../src/plugin.ts'
import { chatAnswer, key, withModel } from './support.ts'

afterEach(() => vi.unstubAllEnvs())

describe('the plugin', () => {
  it('registers openai, and its models take options beside the settings', async () => {
    const registry = new PluginRegistry()
    registry.use(plugin)
    await withModel(
      () => json(chatAnswer),
      async (_, server) => {
        const model = await registry.models.get('openai:gpt-4o', { apiKey: key, baseUrl: server.url, temperature: 0.5 })
        expect(await model.generate('Hi')).toBe('Hi')
        expect(server.requests[0]!.json).toMatchObject({ model: 'gpt-4o', temperature: 0.5 })
        expect(server.requests[0]!.headers.authorization).toBe(`Bearer ${key}`)
        await model.close()
      },
    )
  })
})

describe('settings', () => {
  it.for([
    [{ modelName: 'gpt-4o' }, 'auth', 'openai: no API key. Set OPENAI_API_KEY, or pass apiKey.'],
    [{ modelName: '', apiKey: key }, 'config', 'modelName must name a model'],
    [{ modelName: 'm', apiKey: key, model_name: 'x' }, 'config', 'Did you mean "modelName"?'],
    [
      { modelName: 'm', apiKey: key, api: 'completions' },
      'config',
      'api must be "chat" or "responses"; it is "completions".',
    ],
  ] as const)('%j is refused with %s', ([settings, code, message]) => {
    vi.stubEnv('OPENAI_API_KEY', '')
    expectRefused(() => createOpenAIDriver(settings as never), code, message)
  })

  it('come from the environment where they are not given', async () => {
    await withModel(
      () => json(chatAnswer),
      async (_, server) => {
        vi.stubEnv('OPENAI_API_KEY', 'sk-from-environment')
        vi.stubEnv('OPENAI_BASE_URL', `${server.url}/v1`)
        await using model = new OpenAIModel({ modelName: 'gpt-4o' })
        await model.generate('Hi')
        expect(server.requests[0]).toMatchObject({
          path: '/v1/chat/completions',
          headers: { authorization: 'Bearer sk-from-environment' },
        })
      },
    )
  })

  it('give the window of a known model, and none of an unknown one', () => {
    expect(new OpenAIModel({ modelName: 'gpt-4o', apiKey: key }).info().maxTokens).toBe(128_000)
    expect(new OpenAIModel({ modelName: 'gpt-of-tomorrow', apiKey: key }).info().maxTokens).toBeNull()
  })
})

describe('beside answers', () => {
  it('lists the models of the key, and counts tokens', async () => {
    await withModel(
      ({ path }) =>
        json(
          path.endsWith('/models') ? { object: 'list', data: [{ id: 'gpt-4o' }, { id: 'x' }] } : { input_tokens: 9 },
        ),
      async (model, server) => {
        expect((await model.listModels()).map(({ modelId, maxTokens }) => [modelId, maxTokens])).toEqual([
          ['gpt-4o', 128_000],
          ['x', null],
        ])
        expect(await model.countTokens('Hi')).toBe(9)
        expect(server.requests[1]).toMatchObject({
          path: '/v1/responses/input_tokens',
          json: { input: [{ role: 'user', content: 'Hi' }] },
        })
      },
    )
  })
})

describe('the README', () => {
  it('has an example that runs', async () => {
    const written = await withModel(
      ({ body: sent }) =>
        sent.includes('"stream":true')
          ? sse([{ choices: [{ index: 0, delta: { content: 'one' }, finish_reason: 'stop' }] }, '[DONE]'])
          : json({ ...chatAnswer, system_fingerprint: 'fp_1' }),
      (_, { url: baseUrl }) =>
        runReadmeExample(new URL('../README.md', import.meta.url), OpenAIModel, { apiKey: key, baseUrl }),
    )
    expect(written).toEqual(['Hi', 'one', 'Hi', 4, 'served-model', 'fp_1', { status: 'sent', wire: '/seed', value: 7 }])
  })
})

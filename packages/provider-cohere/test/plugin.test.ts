import { json, sse } from '@insidellms/conformance'
import { PluginRegistry } from '@insidellms/core'
import { runReadmeExample, expectRefused } from '@insidellms/test-support'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createCohereDriver } from '../src/cohere-driver.ts'
import { CohereModel } from '../src/cohere-model.ts'
import plugin from '../src/plugin.ts'
import { answer, key, textEvents, withModel } from './support.ts'

afterEach(() => vi.unstubAllEnvs())

describe('the plugin', () => {
  it('registers cohere, and its models take options beside the settings', async () => {
    const registry = new PluginRegistry()
    registry.use(plugin)
    await withModel(
      () => json(answer),
      async (_, server) => {
        const settings = { apiKey: key, baseUrl: server.url, temperature: 0.5 }
        const model = await registry.models.get('cohere:command-a-03-2025', settings)
        expect(await model.generate('Hi')).toBe('Hi')
        expect(server.requests[0]).toMatchObject({
          path: '/v2/chat',
          json: { model: 'command-a-03-2025', temperature: 0.5 },
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        })
        await model.close()
      },
    )
  })
})

describe('settings', () => {
  it.for([
    [{ modelName: 'm' }, 'auth', 'cohere: no API key. Set CO_API_KEY or COHERE_API_KEY, or pass apiKey.'],
    [{ modelName: '', apiKey: key }, 'config', 'modelName must name a model'],
    [{ modelName: 'm', apiKey: key, model_name: 'x' }, 'config', 'Did you mean "modelName"?'],
  ] as const)('%j is refused with %s', ([settings, code, message]) => {
    vi.stubEnv('CO_API_KEY', '')
    vi.stubEnv('COHERE_API_KEY', '')
    expectRefused(() => createCohereDriver(settings as never), code, message)
  })

  it.for(['CO_API_KEY', 'COHERE_API_KEY'])(
    'come from the environment where they are not given: %s',
    async (variable) => {
      await withModel(
        () => json(answer),
        async (_, server) => {
          vi.stubEnv('CO_API_KEY', '')
          vi.stubEnv('COHERE_API_KEY', '')
          vi.stubEnv(variable, 'co-from-environment')
          vi.stubEnv('CO_API_URL', server.url)
          await using model = new CohereModel({ modelName: 'm', headers: { 'x-client-name': 'tests' } })
          await model.generate('Hi')
          expect(server.requests[0]!.headers).toMatchObject({
            authorization: 'Bearer co-from-environment',
            'x-client-name': 'tests',
          })
        },
      )
    },
  )
})

describe('beside answers', () => {
  it('lists the models of the key, page by page', async () => {
    const pages = [
      { models: [{ name: 'command-a', context_length: 256_000, features: ['vision'] }], next_page_token: 'p2' },
      { models: [{ name: 'command-b', context_length: null }] },
    ]
    await withModel(
      (_, index) => json(pages[index]),
      async (cohere, server) => {
        expect((await cohere.listModels()).map(({ modelId, maxTokens, extra }) => [modelId, maxTokens, extra])).toEqual(
          [
            ['command-a', 256_000, { features: ['vision'] }],
            ['command-b', null, {}],
          ],
        )
        expect(server.requests.map(({ path }) => path)).toEqual([
          '/v1/models?endpoint=chat&page_size=1000',
          '/v1/models?endpoint=chat&page_size=1000&page_token=p2',
        ])
      },
    )
  })

  it('has no count of tokens', async () => {
    await withModel(
      () => json({}),
      async (model, server) => {
        await expect(model.countTokens('Hi')).rejects.toMatchObject({ code: 'unsupported' })
        expect(server.requests).toEqual([])
      },
    )
  })
})

describe('the README', () => {
  it('has an example that runs', async () => {
    const written = await withModel(
      ({ body: sent }) => (sent.includes('"stream":true') ? sse(textEvents('one')) : json(answer)),
      (_, { url: baseUrl }) =>
        runReadmeExample(new URL('../README.md', import.meta.url), CohereModel, { apiKey: key, baseUrl }),
    )
    const seed = { status: 'sent', wire: '/seed', value: 7 }
    expect(written).toEqual(['Hi', 'one', 'Hi', 3, 'chat-1', seed])
  })
})

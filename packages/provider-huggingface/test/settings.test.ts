import { readFileSync } from 'node:fs'
import { json } from '@insidellms/conformance'
import { PluginRegistry } from '@insidellms/core'
import { expectRefused } from '@insidellms/test-support'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createHuggingFaceDriver } from '../src/huggingface-driver.ts'
import { HuggingFaceModel } from '../src/huggingface-model.ts'
import plugin from '../src/plugin.ts'
import { answer, key, withModel, withRouter } from './support.ts'

beforeEach(() => {
  for (const name of ['HF_TOKEN', 'HUGGINGFACE_API_KEY', 'HUGGINGFACEHUB_API_TOKEN']) vi.stubEnv(name, '')
})
afterEach(() => vi.unstubAllEnvs())

describe('settings', () => {
  it.for([
    [{ modelName: 'm' }, 'auth', 'Set HF_TOKEN or HUGGINGFACE_API_KEY or HUGGINGFACEHUB_API_TOKEN, or pass apiKey'],
    [{ modelName: '', apiKey: key }, 'config', 'modelName must name a model'],
    [{ modelName: 'https://x.endpoints.huggingface.cloud', apiKey: key }, 'config', 'Put it into endpointUrl'],
    [{ modelName: 'm', apiKey: key, endpointUrl: 'localhost:8080' }, 'config', 'endpointUrl must be a URL'],
    [{ modelName: 'm', endpointUrl: 'http://h', provider: 'together' }, 'config', 'Take one out'],
    [{ modelName: 'm', apiKey: key, provider: '' }, 'config', 'provider must name'],
    [{ modelName: 'm', apiKey: key, server: 'tgi' }, 'config', 'server is what runs behind an endpointUrl'],
    [{ modelName: 'm', endpointUrl: 'http://h', server: 'vllm' }, 'config', 'server must be "tgi"'],
    [{ modelName: 'm', apiKey: key, model_name: 'x' }, 'config', 'Did you mean "modelName"?'],
  ] as const)('%j is refused', ([settings, code, message]) => {
    expectRefused(() => createHuggingFaceDriver(settings as never), code, message)
  })

  it.for(['HF_TOKEN', 'HUGGINGFACE_API_KEY', 'HUGGINGFACEHUB_API_TOKEN'])(
    'come from the environment where they are not given: %s',
    async (variable) => {
      vi.stubEnv(variable, 'hf_from_environment')
      await withRouter(
        () => json(answer),
        async (_, server) => {
          await using model = new HuggingFaceModel({
            modelName: 'm',
            fetch: (url, init) => fetch(String(url).replace('https://', `${server.url}/`), init),
          })
          await model.generate('Hi')
          expect(server.requests[0]!.headers['authorization']).toBe('Bearer hf_from_environment')
        },
      )
    },
  )

  it('give the token of the environment to Hugging Face only', async () => {
    vi.stubEnv('HF_TOKEN', 'hf_from_environment')
    const seen: [string, string | null][] = []
    const capture = (async (url: string, init: RequestInit) => {
      seen.push([new URL(url).host, new Headers(init.headers).get('authorization')])
      return Response.json(answer)
    }) as typeof fetch
    for (const endpointUrl of [
      'https://abc.us-east-1.aws.endpoints.huggingface.cloud',
      'http://abc.endpoints.huggingface.cloud',
      'https://huggingface.cloud.example.com',
      'http://127.0.0.1:8080',
    ])
      await new HuggingFaceModel({ modelName: 'm', endpointUrl, fetch: capture }).generate('Hi')
    expect(seen.map(([, authorization]) => authorization)).toEqual(['Bearer hf_from_environment', null, null, null])
  })

  it.for([
    ['', '/v1/chat/completions'],
    ['/', '/v1/chat/completions'],
    ['/v1', '/v1/chat/completions'],
    ['/v1/chat/completions', '/v1/chat/completions'],
    ['/base', '/base/v1/chat/completions'],
  ])('take an endpointUrl that ends with "%s"', async ([end, path]) => {
    await withModel(
      () => json(answer),
      async (_, server) => {
        await using model = new HuggingFaceModel({ modelName: 'm', endpointUrl: server.url + end })
        await model.generate('Hi')
        await model.listModels()
        expect(server.requests.map((request) => request.path)).toEqual([
          path,
          path!.replace('chat/completions', 'models'),
        ])
      },
    )
  })
})

describe('beside answers', () => {
  const list = {
    object: 'list',
    data: [
      { id: 'org/a', providers: [{ provider: 'groq', context_length: 1000 }, { provider: 'together' }] },
      { id: 'org/b', providers: [{ provider: 'novita', context_length: 3000 }] },
      { id: 'org/c' },
    ],
  }

  it.for([
    [
      undefined,
      [
        ['org/a', null],
        ['org/b', null],
        ['org/c', null],
      ],
    ],
    ['groq', [['org/a', 1000]]],
  ] as const)('lists the models of the router for the provider %s', async ([provider, expected]) => {
    await withRouter(
      () => json(list),
      async (model, server) => {
        const models = await model.listModels()
        expect(models.map(({ modelId, maxTokens }) => [modelId, maxTokens])).toEqual(expected)
        expect(server.requests[0]).toMatchObject({
          path: '/router.huggingface.co/v1/models',
          headers: { authorization: `Bearer ${key}` },
        })
      },
      provider === undefined ? {} : { provider },
    )
  })

  it("keeps another vendor's key from the router", async () => {
    await withRouter(
      () => json(list),
      async (model, server) => {
        await model.listModels()
        expect(server.requests[0]!.headers['authorization']).toBeUndefined()
        expect(server.requests[0]!.headers['x-secret']).toBeUndefined()
      },
      { provider: 'together', apiKey: 'tgp_of_together', headers: { 'x-secret': 'of-together' } },
    )
  })

  it('knows windows from the catalogue', () => {
    const info = (modelName: string) => createHuggingFaceDriver({ modelName, apiKey: key }).info()
    expect(info('Qwen/Qwen3-Coder-480B-A35B-Instruct').maxTokens).toBeGreaterThan(100_000)
    expect(info('toString')).toMatchObject({ maxTokens: null, extra: { provider: 'auto' } })
  })
})

describe('the plugin', () => {
  it('registers huggingface, and its models take options beside the settings', async () => {
    const registry = new PluginRegistry()
    registry.use(plugin)
    await withModel(
      () => json(answer),
      async (_, server) => {
        const settings = { endpointUrl: server.url, temperature: 0.5 }
        const model = await registry.models.get('huggingface:org/m', settings)
        expect(await model.generate('Hi')).toBe('Hi')
        expect(server.requests[0]!.json).toMatchObject({ model: 'org/m', temperature: 0.5 })
        await model.close()
      },
    )
  })

  it('loads no transformers.js for the remote half', () => {
    for (const file of ['index', 'plugin', 'huggingface-model', 'huggingface-driver', 'huggingface-client']) {
      const source = readFileSync(new URL(`../src/${file}.ts`, import.meta.url), 'utf8')
      expect(source.match(/^import (?!type).*(transformers|local)/gm), file).toBeNull()
    }
  })
})

import { json, sse } from '@insidellms/conformance'
import { PluginRegistry } from '@insidellms/core'
import { runReadmeExample, expectRefused } from '@insidellms/test-support'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createAnthropicDriver } from '../src/anthropic-driver.ts'
import { AnthropicModel } from '../src/anthropic-model.ts'
import plugin from '../src/plugin.ts'
import { answer, key, textEvents, withModel } from './support.ts'

afterEach(() => vi.unstubAllEnvs())

describe('the plugin', () => {
  it('registers anthropic, and its models take options beside the settings', async () => {
    const registry = new PluginRegistry()
    registry.use(plugin)
    await withModel(
      () => json(answer),
      async (_, server) => {
        const settings = { apiKey: key, baseUrl: server.url, temperature: 0.5, maxTokens: 10 }
        const model = await registry.models.get('anthropic:claude-opus-4-6', settings)
        expect(await model.generate('Hi')).toBe('Hi')
        expect(server.requests[0]).toMatchObject({
          path: '/v1/messages',
          json: { model: 'claude-opus-4-6', temperature: 0.5, max_tokens: 10 },
          headers: { authorization: `Bearer ${key}` },
        })
        await model.close()
      },
    )
  })
})

describe('settings', () => {
  it.for([
    [
      { modelName: 'm' },
      'auth',
      'anthropic: no API key. Set ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN, or pass apiKey.',
    ],
    [{ modelName: '', apiKey: key }, 'config', 'modelName must name a model'],
    [{ modelName: 'm', apiKey: key, model_name: 'x' }, 'config', 'Did you mean "modelName"?'],
    [{ modelName: 'm', apiKey: key, apiVersion: 'v2' }, 'config', 'apiVersion must be a date, such as "2026-10-21"'],
    [{ modelName: 'm', apiKey: key, streamAbove: -1 }, 'config', 'streamAbove must be a number of tokens'],
  ] as const)('%j is refused with %s', ([settings, code, message]) => {
    vi.stubEnv('ANTHROPIC_API_KEY', '')
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', '')
    expectRefused(() => createAnthropicDriver(settings as never), code, message)
  })

  it('come from the environment where they are not given', async () => {
    await withModel(
      () => json(answer),
      async (_, server) => {
        vi.stubEnv('ANTHROPIC_API_KEY', 'sk-ant-from-environment')
        vi.stubEnv('ANTHROPIC_BASE_URL', server.url)
        await using model = new AnthropicModel({ modelName: 'm', headers: { 'anthropic-beta': 'beta-1' } })
        await model.generate('Hi')
        expect(server.requests[0]!.headers).toMatchObject({
          authorization: 'Bearer sk-ant-from-environment',
          'anthropic-beta': 'beta-1',
        })
      },
    )
  })

  it('give the window of a known model, and none of an unknown one', () => {
    const windowOf = (modelName: string): number | null =>
      new AnthropicModel({ modelName, apiKey: key }).info().maxTokens
    expect(windowOf('claude-sonnet-4-20250514')).toBe(200_000)
    expect(windowOf('claude-of-tomorrow')).toBeNull()
    expect(windowOf('constructor')).toBeNull()
  })
})

describe('beside answers', () => {
  it('lists the models of the key, page by page', async () => {
    const model = (id: string, facts: object): object => ({
      type: 'model',
      id,
      display_name: id.toUpperCase(),
      ...facts,
    })
    const facts = {
      lifecycle: 'deprecated',
      retires_at: '2027-01-01T00:00:00Z',
      max_input_tokens: 1e6,
      max_tokens: 128_000,
    }
    const pages = [
      { data: [model('claude-a', facts)], has_more: true, first_id: 'claude-a', last_id: 'claude-a' },
      { data: [model('claude-sonnet-4-20250514', {})], has_more: false, first_id: 'x', last_id: 'x' },
    ]
    await withModel(
      (_, index) => json(pages[index]),
      async (anthropic, server) => {
        const [first, second] = await anthropic.listModels()
        expect(first).toMatchObject({
          modelId: 'claude-a',
          maxTokens: 1e6,
          extra: {
            displayName: 'CLAUDE-A',
            lifecycle: 'deprecated',
            retiresAt: '2027-01-01T00:00:00Z',
            maxOutputTokens: 128_000,
          },
        })
        expect(second).toMatchObject({ modelId: 'claude-sonnet-4-20250514', maxTokens: 200_000 })
        expect(server.requests[1]!.path).toContain('after_id=claude-a')
      },
    )
  })

  it('counts the tokens of the prompt, and sends nothing else for it', async () => {
    await withModel(
      () => json({ input_tokens: 9 }),
      async (model, server) => {
        const options = { temperature: 0, stop: 'x', reasoning: { budgetTokens: 2000 }, maxTokens: 50_000 }
        const chat = [
          { role: 'system' as const, content: 'Be brief.' },
          { role: 'user' as const, content: 'Hi' },
        ]
        expect(await model.countTokens(chat, options)).toBe(9)
        expect(server.requests[0]).toMatchObject({ path: '/v1/messages/count_tokens' })
        expect(server.requests[0]!.json).toEqual({
          model: 'asked-model',
          system: 'Be brief.',
          messages: [{ role: 'user', content: 'Hi' }],
          thinking: { type: 'enabled', budget_tokens: 2000 },
        })
      },
    )
  })
})

describe('the README', () => {
  it('has an example that runs', async () => {
    const written = await withModel(
      ({ body: sent }) => (sent.includes('"stream":true') ? sse(textEvents('one')) : json(answer)),
      (_, { url: baseUrl }) =>
        runReadmeExample(new URL('../README.md', import.meta.url), AnthropicModel, { apiKey: key, baseUrl }),
    )
    const effort = { status: 'mapped', wire: '/output_config/effort', value: 'low' }
    expect(written).toEqual(['Hi', 'one', 'Hi', 3, 'served-model', effort])
  })
})

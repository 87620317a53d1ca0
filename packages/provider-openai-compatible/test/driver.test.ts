import { inspect } from 'node:util'
import { json, sse, startScriptedServer } from '@insidellms/conformance'
import { PluginRegistry } from '@insidellms/core'
import { failureOf, runReadmeExample, expectRefused } from '@insidellms/test-support'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createOpenAICompatibleDriver, OpenAICompatibleModel, vendorPresets } from '../src/index.ts'
import plugin from '../src/plugin.ts'

const answer = { id: 'a', model: 'served', choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }] }

afterEach(() => vi.unstubAllEnvs())

describe('several servers at once', () => {
  it('have an address and a key each, and do not tell one the other’s', async () => {
    vi.stubEnv('FIRST_KEY', 'key-of-the-first')
    vi.stubEnv('OPENAI_API_KEY', 'key-of-openai')
    vi.stubEnv('OPENAI_ORG_ID', 'org-of-openai')
    await using first = await startScriptedServer(() => json(answer))
    await using second = await startScriptedServer(() => json(answer))
    await using a = new OpenAICompatibleModel({
      modelName: 'm',
      baseUrl: `${first.url}/v1`,
      apiKeyVariable: 'FIRST_KEY',
    })
    await using b = new OpenAICompatibleModel({ modelName: 'm', baseUrl: `${second.url}/v1` })
    await Promise.all([a.generate('Hi'), b.generate('Hi')])
    expect(first.requests[0]!.headers.authorization).toBe('Bearer key-of-the-first')
    expect(second.requests[0]!.headers.authorization).toBeUndefined()
    for (const { requests } of [first, second]) expect(JSON.stringify(requests[0]!.headers)).not.toContain('openai')
  })
})

describe('quirks are data', () => {
  it('choose the fields of a vendor', async () => {
    await using server = await startScriptedServer(({ body }) =>
      body.includes('"stream":true') ? sse(['[DONE]']) : json(answer),
    )
    await using model = new OpenAICompatibleModel({
      vendor: 'mistral',
      modelName: 'm',
      apiKey: 'mistral-key',
      baseUrl: server.url,
      seed: 7,
      maxTokens: 5,
      logprobs: true,
    })
    const { ledger } = await model.respond('Hi')
    expect(server.requests[0]!.json).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      max_tokens: 5,
      random_seed: 7,
    })
    expect(ledger).toMatchObject({ seed: { status: 'sent', wire: '/random_seed' }, logprobs: { status: 'refused' } })
    await model.stream('Hi').response.catch(() => undefined)
    expect(server.requests[1]!.json).not.toHaveProperty('stream_options')
  })

  it('may be set for a server that nobody described', async () => {
    await using server = await startScriptedServer(() =>
      sse([{ choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }] }]),
    )
    const settings = { modelName: 'm', baseUrl: server.url, maxRetries: 0 }
    await using strict = new OpenAICompatibleModel(settings)
    await using lenient = new OpenAICompatibleModel({ ...settings, quirks: { streamEnd: 'finish_reason' } })
    await expect(strict.stream('Hi').response).rejects.toMatchObject({
      code: 'incomplete_stream',
      partial: { text: 'Hi' },
    })
    expect((await lenient.stream('Hi').response).text).toBe('Hi')
  })

  it('of every vendor make a driver', () => {
    for (const vendor of Object.keys(vendorPresets) as (keyof typeof vendorPresets)[]) {
      const driver = createOpenAICompatibleDriver({ vendor, modelName: 'm', apiKey: 'k-123456' })
      expect(driver.supports).toEqual(vendorPresets[vendor].quirks.supports)
      expect(driver.info().extra).toEqual({ baseUrl: vendorPresets[vendor].baseUrl, vendor })
    }
  })
})

describe('settings', () => {
  it.for([
    [{ modelName: 'm' }, 'config', 'baseUrl must be'],
    [{ modelName: 'm', baseUrl: 'here' }, 'config', 'baseUrl must be'],
    [{ baseUrl: 'http://127.0.0.1:1/v1' }, 'config', 'modelName must name a model'],
    [{ modelName: 'm', vendor: 'grok' }, 'config', 'no vendor "grok" is known'],
    [{ modelName: 'm', vendor: 'groq' }, 'auth', 'Set GROQ_API_KEY'],
    [{ modelName: 'm', baseUrl: 'http://127.0.0.1:1/v1', api_key: 'x' }, 'config', 'Did you mean "apiKey"?'],
  ] as const)('%j is refused with %s', ([settings, code, message]) => {
    vi.stubEnv('GROQ_API_KEY', '')
    expectRefused(() => createOpenAICompatibleDriver(settings as never), code, message)
  })
})

describe('a key in a header of one’s own', () => {
  it('stays out of errors', async () => {
    await using server = await startScriptedServer(({ headers }) =>
      json({ error: { message: `No: ${String(headers['x-api-key'])}` } }, { status: 403 }),
    )
    await using model = new OpenAICompatibleModel({
      modelName: 'm',
      baseUrl: server.url,
      headers: { 'X-Api-Key': 'header-secret-1' },
      maxRetries: 0,
    })
    const error = await failureOf(model.generate('Hi'))
    expect(error.code).toBe('auth')
    expect(inspect(error, { depth: 9 })).not.toContain('header-secret-1')
  })
})

describe('listModels', () => {
  it('gives what the server has', async () => {
    await using server = await startScriptedServer(() => json({ data: [{ id: 'a' }, { id: 'b' }] }))
    await using model = new OpenAICompatibleModel({ modelName: 'a', baseUrl: `${server.url}/v1` })
    expect((await model.listModels()).map(({ modelId }) => modelId)).toEqual(['a', 'b'])
    expect(server.requests[0]!.path).toBe('/v1/models')
  })
})

describe('the README', () => {
  it('has an example that runs', async () => {
    await using server = await startScriptedServer(() => json(answer))
    vi.stubEnv('GROQ_API_KEY', 'key-of-groq')
    const written = await runReadmeExample(new URL('../README.md', import.meta.url), OpenAICompatibleModel, {
      baseUrl: server.url,
    })
    expect(written).toEqual(['Hi', 'Hi'])
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer key-of-groq'])
  })

  it('and the plugin registers openai-compatible', async () => {
    const registry = new PluginRegistry()
    registry.use(plugin)
    const model = await registry.models.get('openai-compatible:m', { baseUrl: 'http://127.0.0.1:1/v1' })
    expect(model.info()).toMatchObject({ provider: 'openai-compatible', modelId: 'm' })
  })
})

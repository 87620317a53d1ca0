import { json, type RecordedRequest, type ScriptedReply, sse } from '@insidellms/conformance'
import { failureOf, loadBodyValidator } from '@insidellms/test-support'
import { describe, expect, it } from 'vitest'
import { answer, chunksOf, key, withModel, withRouter } from './support.ts'

/** What the hub knows of each model here; the SDK keeps it for the whole process, so each test has a model of its own. */
const entry = (providerId: string, task = 'conversational'): object => ({ status: 'live', providerId, task })

/** A hub and a router at once. */
function world(mapping: unknown, reply: ScriptedReply = json(answer)): (request: RecordedRequest) => ScriptedReply {
  return ({ path }) => (path.startsWith('/huggingface.co/') ? json({ inferenceProviderMapping: mapping }) : reply)
}

describe('a pinned provider', () => {
  it('gets its own name for the model, at its own path, and the hub is asked once', async () => {
    await withRouter(
      world({ 'fireworks-ai': entry('accounts/fireworks/models/m'), together: entry('x') }),
      async (model, server) => {
        const [response] = await Promise.all([model.respond('Hi'), model.respond('Hi'), model.stream('Hi').response])
        await model.generate('Hi')
        expect(server.requests.filter(({ path }) => path.startsWith('/huggingface.co/'))).toHaveLength(1)
        const [hub, post] = server.requests
        expect(hub).toMatchObject({
          path: '/huggingface.co/api/models/org/pinned?expand[]=inferenceProviderMapping',
          headers: { authorization: `Bearer ${key}` },
        })
        expect(post).toMatchObject({
          path: '/router.huggingface.co/fireworks-ai/inference/v1/chat/completions',
          headers: { authorization: `Bearer ${key}`, 'x-hf-bill-to': 'acme', 'x-own': '1' },
        })
        expect(post!.json).toMatchObject({ model: 'accounts/fireworks/models/m' })
        expect(hub!.headers['x-own']).toBeUndefined()
        expect(response!.request).toEqual(post!.json)
        expect(response!.ledger).toEqual({})
        expect(response!.served).toEqual({
          model: 'served-model',
          responseId: 'chatcmpl-1',
          sdk: { name: '@huggingface/inference', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) },
        })
      },
      { modelName: 'org/pinned', provider: 'fireworks-ai', billTo: 'acme', headers: { 'X-Own': '1' } },
    )
  })

  it('keeps its dialect, and the ledger tells', async () => {
    await withRouter(
      world({ together: entry('t/m') }),
      async (model, server) => {
        const schema = { type: 'object' }
        const { ledger, request } = await model.respond('Hi', {
          responseFormat: { type: 'json_schema', name: 'a', schema },
          temperature: 0,
        })
        const sent = server.requests[1]!.json as Record<string, unknown>
        expect(request).toEqual(sent)
        expect(sent['response_format']).toEqual({ type: 'json_schema', schema })
        expect(ledger).toEqual({
          temperature: { status: 'sent', wire: '/temperature', value: 0 },
          responseFormat: {
            status: 'mapped',
            wire: '/response_format',
            value: { type: 'json_schema', schema },
            reason: expect.stringContaining('together'),
          },
        })
      },
      { modelName: 'org/dialect', provider: 'together' },
    )
  })

  it('says what the SDK leaves out, and lets providerOptions through that the SDK would read itself', async () => {
    await withRouter(
      world({ cerebras: entry('c/m') }),
      async (model, server) => {
        const providerOptions = { store: true, provider: 'p', accessToken: 'none', data: { a: 1 } }
        const { ledger, request } = await model.respond('Hi', { providerOptions })
        const post = server.requests[1]!
        expect(post.json).toMatchObject({ provider: 'p', accessToken: 'none', data: { a: 1 } })
        expect(post.json).not.toHaveProperty('store')
        expect(request).toEqual(post.json)
        expect(post.headers['authorization']).toBe(`Bearer ${key}`)
        expect(ledger['providerOptions.store']).toMatchObject({ status: 'refused' })
      },
      { modelName: 'org/cerebras', provider: 'cerebras' },
    )
  })

  it.for([
    ['org/others', { novita: entry('n'), groq: entry('g'), 'fal-ai': entry('f', 'text-to-image') }, 'novita, groq'],
    ['org/nobody', {}, 'Nobody serves it for chats'],
    ['org/unmapped', undefined, 'Nobody serves it for chats'],
    ['org/image', { together: entry('t', 'text-to-image') }, 'not supported for task conversational'],
  ] as const)('that does not serve %s is an error with the next step', async ([modelName, mapping, step]) => {
    await withRouter(
      world(mapping),
      async (model, server) => {
        const error = await failureOf(model.respond('Hi'))
        expect(error).toMatchObject({ code: 'config', retryable: false, provider: 'huggingface' })
        expect(error.message).toContain(step)
        expect(server.requests).toHaveLength(1)
      },
      { modelName, provider: 'together' },
    )
  })

  it('that nobody knows is an error with the known ones', async () => {
    await withRouter(
      world({}),
      async (model) => {
        const error = await failureOf(model.respond('Hi'))
        expect(error).toMatchObject({ code: 'config' })
        expect(error.message).toContain('cerebras')
      },
      { modelName: 'org/unknown', provider: 'no-such-provider' },
    )
  })

  it.for([
    [404, 'not_found', 'check modelName'],
    [401, 'auth', 'HF_TOKEN'],
  ] as const)('the hub refuses with %s', async ([status, code, hint]) => {
    await withRouter(
      () => json({ error: 'Repository not found' }, { status, headers: { 'x-request-id': 'r-1' } }),
      async (model) => {
        const error = await failureOf(model.respond('Hi'))
        expect(error).toMatchObject({ code, status, requestId: 'r-1' })
        expect(error.message).toContain('Repository not found')
        expect(error.message).toContain(hint)
      },
      { modelName: 'org/refused', provider: 'together' },
    )
  })

  it('asks the hub again where it failed, and retries count', async () => {
    await withRouter(
      ({ path }, index) =>
        path.startsWith('/router')
          ? json(answer)
          : index === 0
            ? json({ error: 'busy' }, { status: 503, headers: { 'retry-after': '0' } })
            : json({ inferenceProviderMapping: { together: entry('t') } }),
      async (model, server) => {
        expect((await model.respond('Hi')).timing.attempts).toBe(2)
        expect(server.requests).toHaveLength(3)
      },
      { modelName: 'org/again', provider: 'together', maxRetries: 1 },
    )
  })

  it('lets each caller leave while the hub is silent, and asks for those who stay', async () => {
    let hubRequests = 0
    await withRouter(
      ({ path }) => {
        if (path.startsWith('/router')) return json(answer)
        const reply = json({ inferenceProviderMapping: { together: entry('t') } })
        return hubRequests++ === 0 ? { ...reply, firstByteMs: 60_000 } : reply
      },
      async (model, server) => {
        const [first, waiting] = [new AbortController(), new AbortController()]
        const asking = failureOf(model.respond('Hi', { signal: first.signal }))
        await expect.poll(() => hubRequests).toBe(1)
        const leaves = failureOf(model.respond('Hi', { signal: waiting.signal }))
        const stays = model.respond('Hi')
        waiting.abort()
        expect(await leaves).toMatchObject({ code: 'aborted' })
        first.abort()
        expect(await asking).toMatchObject({ code: 'aborted' })
        expect((await stays).text).toBe('Hi')
        expect(hubRequests).toBe(2)
        expect(await server.requests[0]!.ended).toBe('abandoned')
      },
      { modelName: 'org/silent', provider: 'together' },
    )
  })
})

describe('routing that is not pinned', () => {
  const reply = json({ ...answer }, { headers: { 'x-inference-provider': 'novita' } })

  it.for([
    ['org/a', undefined, "first one in the order of the token's account"],
    ['org/a', 'auto', "first one in the order of the token's account"],
    ['org/a:fastest', undefined, 'the fastest one at that moment'],
  ] as const)('%s from %s is in the ledger, and the upstream in served', async ([modelName, provider, reason]) => {
    await withRouter(
      () => reply,
      async (model, server) => {
        const { ledger, served } = await model.respond('Hi')
        expect(ledger).toEqual({ routing: { status: 'adjusted', reason: expect.stringContaining(reason) } })
        expect(served.route).toBe('novita')
        expect(server.requests).toHaveLength(1)
        expect(server.requests[0]).toMatchObject({
          path: '/router.huggingface.co/v1/chat/completions',
          json: { model: modelName },
        })
      },
      { modelName, ...(provider && { provider }) },
    )
  })

  it('is pinned by a suffix of the name', async () => {
    await withRouter(
      () => sse(chunksOf('Hi'), { headers: { 'x-inference-provider': 'groq' } }),
      async (model) => {
        const { ledger, served } = await model.stream('Hi').response
        expect(ledger).toEqual({})
        expect(served.route).toBe('groq')
      },
      { modelName: 'org/a:groq' },
    )
  })

  it("wants Hugging Face's own token", async () => {
    await withRouter(
      () => reply,
      async (model, server) => {
        const error = await failureOf(model.respond('Hi'))
        expect(error).toMatchObject({ code: 'config' })
        expect(error.message).toContain('Set provider to the vendor')
        expect(JSON.stringify(error)).not.toContain('sk-of-another')
        expect(server.requests).toHaveLength(0)
      },
      { apiKey: 'sk-of-another-vendor' },
    )
  })
})

describe('text-generation-inference', () => {
  const valid = loadBodyValidator('tgi.openapi.json', '/v1/chat/completions')
  const schema = { type: 'object', properties: { city: { type: 'string' } } }
  const tools = [{ name: 'look', description: 'Looks.', parameters: schema }]

  it.for([
    [{ type: 'json' }, { type: 'json', value: { type: 'object' } }, 'mapped'],
    [{ type: 'json_schema', schema }, { type: 'json_schema', value: { name: 'response', schema } }, 'mapped'],
    [
      { type: 'json_schema', schema, strict: false },
      { type: 'json_schema', value: { name: 'response', schema } },
      'adjusted',
    ],
    [{ type: 'text' }, undefined, 'mapped'],
  ] as const)('has response formats of its own: %j', async ([responseFormat, wire, status]) => {
    await withModel(
      () => json(answer),
      async (model, server) => {
        const { ledger } = await model.respond('Hi', { responseFormat, tools })
        const body = server.requests[0]!.json as Record<string, unknown>
        expect(body['response_format']).toEqual(wire)
        expect(ledger['responseFormat']).toMatchObject({ status, ...(wire && { value: wire }) })
        expect(body['tools']).toEqual([
          { type: 'function', function: { name: 'look', description: 'Looks.', arguments: schema } },
        ])
        expect(ledger['tools']).toMatchObject({ status: 'mapped', value: body['tools'] })
        expect(valid?.(body) ?? []).toEqual([])
      },
      { server: 'tgi' },
    )
  })

  it('leaves what providerOptions say as it is', async () => {
    await withModel(
      () => json(answer),
      async (model, server) => {
        const response_format = { type: 'regex', value: '[a-z]+' }
        const { ledger } = await model.respond('Hi', {
          responseFormat: { type: 'json' },
          providerOptions: { response_format },
          reasoning: { effort: 'low' },
        })
        expect(server.requests[0]!.json).toMatchObject({ response_format })
        expect(ledger['responseFormat']).toMatchObject({ status: 'adjusted', value: response_format })
        expect(ledger['reasoning']).toMatchObject({ status: 'refused' })
      },
      { server: 'tgi' },
    )
  })
})

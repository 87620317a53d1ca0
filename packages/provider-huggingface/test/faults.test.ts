import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { json, noReply, type ScriptedReply, sse, sseEvent, stream, text } from '@insidellms/conformance'
import { InsideLLMsError, type InsideLLMsErrorCode } from '@insidellms/core'
import { describe, expect, it } from 'vitest'
import { answer, chunksOf, key, withModel } from './support.ts'

const whole = 'Grüße, 世界 🌍'
const frames = chunksOf('Grüße', ', 世界 🌍').map((chunk) => sseEvent(chunk))

interface Documented {
  name: string
  status: number
  headers?: Record<string, string>
  body: object
  code: InsideLLMsErrorCode
  fields?: Partial<InsideLLMsError>
}

/** Made from the documentation and the sources that the file names. */
const documented = JSON.parse(
  readFileSync(new URL('fixtures/documented-errors.json', import.meta.url), 'utf8'),
) as Documented[]

const failures: [string, ScriptedReply, InsideLLMsErrorCode, Partial<InsideLLMsError>][] = [
  ...documented.map(
    ({ name, status, headers = {}, body, code, fields = {} }) =>
      [name, json(body, { status, headers }), code, { status, ...fields }] as (typeof failures)[number],
  ),
  ['502 html', text('<html><body>Bad gateway</body></html>', { status: 502 }), 'server', { retryable: true }],
  ['error without a body', text('', { status: 503 }), 'server', { retryable: true }],
  ['truncated JSON', text('{"id": "x", "cho', { contentType: 'application/json' }), 'invalid_response', {}],
  ['no choices', json({ ...answer, choices: [] }), 'invalid_response', {}],
  ['no answer', noReply(), 'network', { retryable: true }],
]

describe('failures', () => {
  it.for(failures)('%s', async ([, reply, code, fields]) => {
    await withModel(
      () => reply,
      async (model, server) => {
        for (const call of [model.respond('Hi'), model.stream('Hi').response])
          expect(await failed(call)).toMatchObject({ code, ...fields, provider: 'huggingface', modelId: 'asked-model' })
        // The SDK's own way with a 503 is to ask again for ever.
        expect(server.requests).toHaveLength(2)
      },
    )
  })

  it.for([
    [{ error: { message: 'upstream broke', code: 502 } }, 'upstream broke', 'server'],
    // TGI's event: router/src/server.rs
    [{ error: 'Request failed during generation', error_type: 'generation' }, 'failed during generation', 'server'],
  ] as const)('%j inside a stream', async ([event, message, code]) => {
    await withModel(
      () => stream([...frames.slice(0, 2), sseEvent(event), ...frames.slice(2)]),
      async (model) => {
        const error = await failed(model.stream('Hi').response)
        expect(error).toMatchObject({ code, partial: { text: whole } })
        expect(error.message).toContain(message)
      },
    )
  })

  it('keep the key out, also when the server repeats it', async () => {
    await withModel(
      ({ headers }) => json({ error: `invalid ${headers.authorization}` }, { status: 401 }),
      async (model) => {
        const error = await failed(model.respond('Hi'))
        const shown = [
          error.message,
          error.stack,
          inspect(error, { depth: 9, showHidden: true }),
          JSON.stringify(error),
        ]
        expect(shown.join()).not.toContain(key)
        expect(shown.join()).toContain('[redacted]')
        expect(inspect(model, { depth: 9, showHidden: true })).not.toContain(key)
      },
    )
  })
})

describe('streams', () => {
  it('that are cut at any byte finish only with a finish reason', { timeout: 120_000 }, async () => {
    const bytes = Buffer.from(frames.slice(0, 3).join(''))
    // The chunk with the finish reason counts when its JSON is whole, also without the blank line behind it.
    const complete = bytes.length - 2
    let cut = 0
    await withModel(
      () => stream([bytes.subarray(0, cut)]),
      async (model) => {
        for (cut = 0; cut <= bytes.length; cut++) {
          const outcome = await model.stream('Hi').response.then(
            ({ text: said }) => said,
            (error: InsideLLMsError) => error.code,
          )
          expect(outcome, `cut at byte ${cut}`).toBe(cut >= complete ? whole : 'incomplete_stream')
        }
      },
    )
  })

  it('read the usage that comes behind the finish reason, and log probabilities', async () => {
    const logprob = { token: 'Hi', logprob: -0.5, top_logprobs: [{ token: 'Hi', logprob: -0.5 }] }
    const [first, ...rest] = chunksOf('Hi') as [{ choices: object[] }, ...unknown[]]
    const choices = first.choices.map((choice) => ({ ...choice, logprobs: { content: [logprob] } }))
    await withModel(
      () => sse([{ ...first, choices }, ...rest]),
      async (model) => {
        const { usage, logprobs } = await model.stream('Hi', { logprobs: true, topLogprobs: 1 }).response
        expect(usage).toMatchObject({ inputTokens: 3, outputTokens: 1, totalTokens: 4 })
        expect(logprobs).toEqual([{ token: 'Hi', logprob: -0.5, top: [{ token: 'Hi', logprob: -0.5 }] }])
      },
    )
  })

  it('that are left or aborted end their request', async () => {
    await withModel(
      () => stream(frames, { delayMs: 5, endWith: 'hang' }),
      async (model, server) => {
        for await (const piece of model.stream('Hi')) {
          expect(piece).toBe('Grüße')
          break
        }
        expect(await server.requests[0]!.ended).toBe('abandoned')
        const controller = new AbortController()
        const error = await failed(
          (async () => {
            for await (const _ of model.stream('Hi', { signal: controller.signal })) controller.abort()
          })(),
        )
        expect(error).toMatchObject({ code: 'aborted' })
        expect(await server.requests[1]!.ended).toBe('abandoned')
      },
    )
  })
})

describe('connections', () => {
  it('end when the caller aborts or the time is up while the server is silent', async () => {
    await withModel(
      () => ({ ...json(answer), firstByteMs: 10_000 }),
      async (model, server) => {
        expect(await failed(model.respond('Hi', { timeoutMs: 50 }))).toMatchObject({ code: 'timeout' })
        expect(await server.requests[0]!.ended).toBe('abandoned')
        expect(await failed(model.respond('Hi', { signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted' })
        expect(server.requests).toHaveLength(1)
      },
    )
  })

  it('are kept for the next call, and closed with the model', async () => {
    await withModel(
      ({ body }) => (body.includes('"stream":true') ? sse(chunksOf('Hi')) : json(answer)),
      async (model, server) => {
        for (let round = 0; round < 3; round++) {
          await model.generate('Hi')
          await model.stream('Hi').response
        }
        expect(server.openSockets).toBe(1)
        await model.close()
        await expect.poll(() => server.openSockets).toBe(0)
      },
    )
  })
})

async function failed(call: Promise<unknown>): Promise<InsideLLMsError> {
  const error = await call.then(
    () => expect.fail('it must throw'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(InsideLLMsError)
  return error as InsideLLMsError
}

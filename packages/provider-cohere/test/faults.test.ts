import { getEventListeners } from 'node:events'
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { json, noReply, type ScriptedReply, sse, sseEvent, stream, text } from '@insidellms/conformance'
import { InsideLLMsError, type InsideLLMsErrorCode } from '@insidellms/core'
import { describe, expect, it } from 'vitest'
import { answer, key, textEvents, withModel } from './support.ts'

const events = textEvents('Grüße', ', 世界 🌍')
const whole = 'Grüße, 世界 🌍'
const frames = [...events.map((event) => sseEvent(event, event.type)), 'data: [DONE]\n\n']

interface Failure {
  name: string
  status: number
  headers?: Record<string, string>
  body: object
  code: InsideLLMsErrorCode
  fields?: Partial<InsideLLMsError>
}

/** Made from the vendor's documentation of its errors, which the file names. */
const documented = JSON.parse(
  readFileSync(new URL('fixtures/documented-errors.json', import.meta.url), 'utf8'),
) as Failure[]

const failures: [string, ScriptedReply, InsideLLMsErrorCode, Partial<InsideLLMsError>][] = [
  ...documented.map(
    ({ name, status, headers = {}, body, code, fields = {} }) =>
      [name, json(body, { status, headers }), code, { status, ...fields }] as (typeof failures)[number],
  ),
  ['413 html', text('<h1>Too large</h1>', { status: 413 }), 'invalid_request', { status: 413 }],
  ['502 html', text('<html><body>Bad gateway</body></html>', { status: 502 }), 'server', { retryable: true }],
  ['error without a body', text('', { status: 503 }), 'server', { retryable: true }],
  ['error of a proxy', json({ error: 'no such route' }, { status: 404 }), 'not_found', {}],
  ['error in a body after 200', json({ id: 'x', message: 'overloaded' }), 'server', { retryable: true }],
  [
    'truncated JSON',
    text('{"id": "chat-1", "message": {', { contentType: 'application/json' }),
    'invalid_response',
    {},
  ],
  ['no message', json({ ...answer, message: null }), 'invalid_response', {}],
  ['no answer', noReply(), 'network', { retryable: true }],
]

describe('failures', () => {
  it.for(failures)('%s', async ([, reply, code, fields]) => {
    await withModel(
      () => reply,
      async (model) => {
        for (const call of [model.respond('Hi'), model.stream('Hi').response])
          expect(await failed(call)).toMatchObject({ code, ...fields, provider: 'cohere', modelId: 'asked-model' })
      },
    )
  })

  it.for([
    [{ type: 'message-end', delta: { finish_reason: 'ERROR', error: 'it broke' } }, 'it broke', 'server', true],
    [{ type: 'message-end', delta: { error: { message: 'it broke' } } }, 'it broke', 'server', true],
    [{ message: 'internal server error' }, 'internal server error', 'server', true],
    [{ message: 'too many tokens: size limit exceeded by 3 tokens.' }, 'too many tokens', 'context_overflow', false],
  ] as const)('%j inside a stream', async ([event, message, code, retryable]) => {
    await withModel(
      () => stream([...frames.slice(0, 4), sseEvent(event), ...frames.slice(-3)]),
      async (model) => {
        const error = await failed(model.stream('Hi').response)
        expect(error).toMatchObject({ code, retryable, partial: { text: whole } })
        expect(error.message).toContain(message)
      },
    )
  })

  it('are retried where they may pass, and counted', async () => {
    const replies = [
      json({ message: 'overloaded' }, { status: 529 }),
      json({}, { status: 429, headers: { 'retry-after': '0' } }),
      json(answer),
    ]
    await withModel(
      (_, index) => replies[index]!,
      async (model, server) => {
        expect((await model.respond('Hi')).timing.attempts).toBe(3)
        expect(server.requests).toHaveLength(3)
      },
      { maxRetries: 2 },
    )
  })
})

describe('keys', () => {
  it('stay out of errors, also when the vendor repeats them', async () => {
    await withModel(
      ({ headers }) => json({ message: `invalid ${headers.authorization}` }, { status: 401 }),
      async (model) => {
        const error = await failed(model.respond('Hi'))
        const shown = [
          error.message,
          error.stack,
          inspect(error, { depth: 9, showHidden: true }),
          JSON.stringify(error),
        ].join()
        expect(shown).not.toContain(key)
        expect(shown).toContain('[redacted]')
        expect(JSON.stringify(model.info())).not.toContain(key)
        expect(inspect(model, { depth: 9, showHidden: true })).not.toContain(key)
      },
    )
  })
})

describe('streams', () => {
  const bytes = Buffer.from(frames.join(''))

  it('that are cut at any byte finish only behind the marker', { timeout: 120_000 }, async () => {
    // The marker is `message-end`; where its own data is complete, it counts even without the blank line behind it.
    const complete = Buffer.from(frames.slice(0, -1).join('')).length - 2
    let cut = 0
    await withModel(
      () => stream([bytes.subarray(0, cut)]),
      async (model) => {
        for (cut = 0; cut <= bytes.length; cut++) {
          const outcome = await model.stream('Hi').response.then(
            ({ text: said }) => said,
            (error: InsideLLMsError) => error.code,
          )
          expect(outcome, `cut at byte ${cut} of ${bytes.length}`).toBe(cut >= complete ? whole : 'incomplete_stream')
        }
      },
    )
  })

  it('say what had arrived when they break off', async () => {
    await withModel(
      () => stream(frames.slice(0, 3)),
      async (model) => {
        const error = await failed(model.stream('Hi').response)
        expect(error).toMatchObject({ code: 'incomplete_stream', partial: { text: 'Grüße' } })
      },
    )
  })

  it('survive being split at every byte', async () => {
    await withModel(
      () => stream(Array.from(bytes, (byte) => Uint8Array.of(byte))),
      async (model) => {
        expect((await model.stream('Hi').response).text).toBe(whole)
      },
    )
  })

  it('survive CRLF, comments and a byte order mark', async () => {
    const wire = `\uFEFF: hello\r\n\r\n${frames.join('').replaceAll('\n', '\r\n')}`
    await withModel(
      () => stream([wire]),
      async (model) => {
        expect((await model.stream('Hi').response).text).toBe(whole)
      },
    )
  })

  it('that are aborted at any chunk leave no socket and no listener', async () => {
    for (let stopAfter = 0; stopAfter < frames.length; stopAfter++) {
      const controller = new AbortController()
      await withModel(
        () => {
          const chunks = (async function* () {
            for (const [index, frame] of frames.entries()) {
              if (index === stopAfter) controller.abort()
              yield frame
              // Gives the abort time to arrive before the next chunk.
              await new Promise((resolve) => setTimeout(resolve, 2))
            }
          })()
          return stream(chunks, { endWith: 'hang' })
        },
        async (model, server) => {
          const error = await failed(model.stream('Hi', { signal: controller.signal }).response)
          expect(error.code).toBe('aborted')
          expect(await server.requests[0]!.ended).toBe('abandoned')
          expect(getEventListeners(controller.signal, 'abort')).toEqual([])
        },
      )
    }
  })

  it('that are left early end their request', async () => {
    await withModel(
      () => stream(frames, { delayMs: 5 }),
      async (model, server) => {
        for await (const piece of model.stream('Hi')) {
          expect(piece).toBe('Grüße')
          break
        }
        expect(await server.requests[0]!.ended).toBe('abandoned')
      },
    )
  })
})

describe('connections', () => {
  it('are kept for the next call, after a stream too, and closed with the model', async () => {
    await withModel(
      (request) => (request.body.includes('"stream":true') ? sse(events) : json(answer)),
      async (model, server) => {
        for (let round = 0; round < 3; round++) {
          await model.generate('Hi')
          expect((await model.stream('Hi').response).text).toBe(whole)
        }
        expect(server.openSockets).toBe(1)
        await model.close()
        await expect.poll(() => server.openSockets).toBe(0)
      },
    )
  })

  it('end a stream at its marker, also when the server does not close behind it', async () => {
    await withModel(
      () => ({ ...sse([...events, ...textEvents('more')]), endWith: 'hang' }),
      async (model, server) => {
        expect((await model.stream('Hi').response).text).toBe(whole)
        expect(await server.requests[0]!.ended).toBe('abandoned')
      },
    )
  })

  it('end when the caller aborts or the time is up while the vendor is silent', async () => {
    await withModel(
      () => ({ ...json(answer), firstByteMs: 10_000 }),
      async (model, server) => {
        expect(await failed(model.respond('Hi', { timeoutMs: 50 }))).toMatchObject({ code: 'timeout' })
        expect(await server.requests[0]!.ended).toBe('abandoned')
        const before = failed(model.respond('Hi', { signal: AbortSignal.abort() }))
        expect(await before).toMatchObject({ code: 'aborted' })
        expect(server.requests).toHaveLength(1)
      },
    )
  })

  it('that time out on their own are a timeout, whatever the SDK calls it', async () => {
    const refused = Object.assign(new Error('connect ETIMEDOUT 192.0.2.1:443'), { code: 'ETIMEDOUT' })
    await withModel(
      () => json(answer),
      async (model) => {
        expect(await failed(model.respond('Hi'))).toMatchObject({ code: 'timeout', retryable: true })
      },
      { fetch: () => Promise.reject(refused) },
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

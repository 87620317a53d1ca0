import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { DriverModel } from '../src/driver-model.ts'
import type * as core from '../src/index.ts'
import { InsideLLMsError, type InsideLLMsErrorCode } from '../src/insidellms-error.ts'
import { redact } from '../src/middleware/redact.ts'
import type { ErrorFacts } from '../src/model-driver.ts'
import { redactText } from '../src/redact-text.ts'
import { toInsideLLMsError } from '../src/to-insidellms-error.ts'
import { answer, collect, failure, fakeDriver } from './support.ts'

const key = 'sk-live/Abc+123=="x'
const driver = fakeDriver({ secrets: () => [key] })

describe('InsideLLMsError', () => {
  it('is JSON without stack and cause', () => {
    const error = new InsideLLMsError('rate_limited', 'slow down', {
      provider: 'p',
      modelId: 'm',
      status: 429,
      requestId: 'r',
      retryAfterMs: 5,
      attempts: 3,
      partial: { text: 'half' },
      cause: new Error('inner'),
    })
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'InsideLLMsError',
      code: 'rate_limited',
      message: 'slow down',
      retryable: true,
      provider: 'p',
      modelId: 'm',
      status: 429,
      requestId: 'r',
      retryAfterMs: 5,
      attempts: 3,
      partial: { text: 'half' },
    })
    expect(Object.keys(new InsideLLMsError('config', 'x').toJSON())).toEqual(['name', 'code', 'message', 'retryable'])
  })

  it('is retryable by its code, unless told otherwise', () => {
    const retryable = ['rate_limited', 'timeout', 'network', 'server', 'incomplete_stream']
    for (const code of ['auth', 'aborted', 'invalid_request', 'content_filter', ...retryable] as InsideLLMsErrorCode[])
      expect(new InsideLLMsError(code, 'x').retryable, code).toBe(retryable.includes(code))
    expect(new InsideLLMsError('rate_limited', 'x', { retryable: false }).retryable).toBe(false)
  })

  it('is told apart from others, and a subclass from it', () => {
    class Mine extends InsideLLMsError {}
    expect(InsideLLMsError.isInstance(new Error('x'))).toBe(false)
    expect(InsideLLMsError.isInstance(null)).toBe(false)
    expect(new Mine('config', 'x')).toBeInstanceOf(InsideLLMsError)
    expect(new Mine('config', 'x')).toBeInstanceOf(Mine)
    expect(new InsideLLMsError('config', 'x')).not.toBeInstanceOf(Mine)
  })

  describe('of another copy of core', () => {
    const folder = mkdtempSync(join(tmpdir(), 'insidellms-core-'))
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    it('is recognised, and passes through a driver unharmed', async () => {
      for (const copy of ['a', 'b'])
        for (const name of ['dist', 'package.json'])
          cpSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), join(folder, copy, name), { recursive: true })
      const load = async (copy: string): Promise<typeof core> =>
        import(pathToFileURL(join(folder, copy, 'dist/bundle/index.js')).href)
      const [a, b] = await Promise.all([load('a'), load('b')])
      expect(a.InsideLLMsError).not.toBe(b.InsideLLMsError)
      const foreign = new b.InsideLLMsError('context_overflow', 'too long', { provider: 'p', modelId: 'm' })
      expect(foreign).toBeInstanceOf(a.InsideLLMsError)
      expect(a.InsideLLMsError.isInstance(foreign)).toBe(true)

      const model = new a.DriverModel(fakeDriver({ respond: () => Promise.reject(foreign) }))
      await expect(model.generate('x')).rejects.toBe(foreign)

      // A whole Model and a driver of the other copy are what the registry of this one hands out.
      const registry = new a.PluginRegistry()
      registry.models.register('model', () => new b.DummyModel({ response: 'from b' }))
      registry.models.register('driver', () => fakeDriver())
      expect(await (await registry.models.get('model')).generate('x')).toBe('from b')
      expect(await (await registry.models.get('driver', { temperature: 0 })).generate('x')).toBe('ok')
    })
  })
})

describe('toInsideLLMsError', () => {
  const explained = (facts: ErrorFacts, error: unknown = new Error('boom')): InsideLLMsError =>
    toInsideLLMsError(error, fakeDriver({ explainError: () => facts }))

  it.each([
    [400, 'invalid_request'],
    [401, 'auth'],
    [403, 'auth'],
    [404, 'not_found'],
    [408, 'timeout'],
    [409, 'server'],
    [413, 'invalid_request'],
    [422, 'invalid_request'],
    [429, 'rate_limited'],
    [500, 'server'],
    [529, 'server'],
  ])('reads status %i as %s', (status, code) => {
    expect(explained({ status })).toMatchObject({ code, status, provider: 'fake', modelId: 'm' })
    expect(explained({ status }).message).toMatch(/^fake m: \d{3} boom\. \S/)
  })

  it.each([
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'network'],
    [Object.assign(new Error('x'), { code: 'EAI_AGAIN' }), 'network'],
    [Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' }), 'network'],
    [Object.assign(new Error('x'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'network'],
    [Object.assign(new Error('x'), { code: 'ETIMEDOUT' }), 'timeout'],
    [Object.assign(new Error('x'), { code: 'UND_ERR_HEADERS_TIMEOUT' }), 'timeout'],
    [Object.assign(new Error('x'), { code: 'ENOENT' }), 'invalid_response'],
    [Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' }), 'invalid_response'],
    [new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) }), 'network'],
    [new TypeError('error sending request for url (https://api.example/v1)'), 'network'],
    [new TypeError('Failed to fetch'), 'network'],
    [new TypeError('NetworkError when attempting to fetch resource.'), 'network'],
    [new TypeError('Load failed'), 'network'],
    [new TypeError('terminated'), 'network'],
    [new DOMException('x', 'AbortError'), 'aborted'],
    [new DOMException('x', 'TimeoutError'), 'timeout'],
    [new SyntaxError('Unexpected token <'), 'invalid_response'],
    [new TypeError('x is not a function'), 'invalid_response'],
    ['a text', 'invalid_response'],
    [undefined, 'invalid_response'],
  ])('reads %s as %s', (error, code) => {
    expect(toInsideLLMsError(error, fakeDriver())).toMatchObject({ code, provider: 'fake' })
  })

  it('takes request id and retry-after from headers of any kind', () => {
    for (const headers of [
      new Headers({ 'x-request-id': 'r-1', 'retry-after': '2' }),
      { 'X-Request-Id': 'r-1', 'Retry-After': ['2'] },
    ])
      expect(explained({ status: 429, headers })).toMatchObject({ requestId: 'r-1', retryAfterMs: 2000 })
  })

  it('shows the reason behind "fetch failed", clips pages, and survives a driver that cannot explain', () => {
    const refused = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') })
    expect(toInsideLLMsError(refused, fakeDriver()).message).toContain('(connect ECONNREFUSED 127.0.0.1:1)')
    expect(explained({ status: 502, message: '<html>'.repeat(1000) }).message.length).toBeLessThan(1200)
    const clumsy = fakeDriver({
      explainError() {
        throw new Error('clumsy')
      },
    })
    expect(toInsideLLMsError(Object.assign(new Error('x'), { status: 401 }), clumsy)).toMatchObject({ code: 'auth' })
  })

  it('adds what an error of ours lacks, and leaves a whole one alone', () => {
    const bare = new InsideLLMsError('timeout', 'No answer.')
    expect(toInsideLLMsError(bare, driver)).toMatchObject({
      message: 'fake m: No answer.',
      provider: 'fake',
      modelId: 'm',
      attempts: 1,
    })
    const whole = new InsideLLMsError('timeout', 'x', { provider: 'p' })
    expect(toInsideLLMsError(whole, driver)).toBe(whole)
  })
})

describe('a key', () => {
  const basic = (prefix: string): string => Buffer.from(prefix + key).toString('base64')
  const leaks: Record<string, (error: Error) => unknown> = {
    message: (error) => Object.assign(error, { message: `bad ${key}` }),
    'an own property': (error) => Object.assign(error, { apiKey: key }),
    'a property name': (error) => Object.assign(error, { [`x ${key}`]: 1 }),
    'deep inside': (error) => Object.assign(error, { a: { b: { c: { d: { e: { f: { g: { h: [key] } } } } } } } }),
    'a symbol': (error) => Object.assign(error, { [Symbol('s')]: key }),
    'a hidden property': (error) => Object.defineProperty(error, 'config', { value: { key } }),
    headers: (error) =>
      Object.assign(error, { headers: new Headers({ authorization: `Bearer ${encodeURIComponent(key)}` }) }),
    'a Map': (error) => Object.assign(error, { headers: new Map([['authorization', key]]) }),
    'a URL': (error) => Object.assign(error, { url: new URL(`http://x/?key=${encodeURIComponent(key)}`) }),
    'a Request': (error) =>
      Object.assign(error, {
        request: new Request('http://x/', { headers: { 'x-api-key': encodeURIComponent(key) } }),
      }),
    'a Buffer': (error) => Object.assign(error, { body: Buffer.from(`{"key":${JSON.stringify(key)}}`) }),
    'a Basic authorization': (error) =>
      Object.assign(error, { auth: [basic(''), basic('u'), basic('us'), basic('user:')] }),
    base64url: (error) => Object.assign(error, { auth: Buffer.from(key).toString('base64url') }),
    'the cause of its cause': (error) =>
      Object.assign(error, { cause: new Error('outer', { cause: new Error(`inner ${key}`) }) }),
    'a thrown object': () => ({ key }),
    'a thrown text': () => `bad ${key}`,
    'a cycle': (error) => Object.assign(error, { self: error, key }),
    'a crowd of objects': (error) => Object.assign(error, { many: Array.from({ length: 3000 }, () => ({})) }),
    'an error of ours': () => new InsideLLMsError('server', `bad ${key}`, { provider: 'p', cause: new Error(key) }),
    'a status error': (error) => Object.assign(error, { status: 401, message: `Incorrect API key provided: ${key}` }),
  }

  it.each(Object.entries(leaks))('in %s shows in nothing of the error', async (_where, plant) => {
    for (const model of [
      new DriverModel(fakeDriver({ secrets: () => [key], respond: () => Promise.reject(plant(new Error('boom'))) })),
      new DriverModel(fakeDriver({ respond: () => Promise.reject(plant(new Error('boom'))) }), {
        middleware: [redact({ secrets: [key] })],
        maxRetries: 0,
      }),
    ]) {
      const error = await failure(() => model.generate('x'))
      const shown = [
        inspect(error, { depth: null, showHidden: true, maxArrayLength: null, maxStringLength: null }),
        JSON.stringify(error),
        JSON.stringify(error.cause),
        String(error.stack),
        String((error.cause as Error | undefined)?.stack),
        (error.cause as { headers?: unknown })?.headers instanceof Headers ? 'headers kept' : '',
      ].join('\n')
      for (const form of [
        key,
        encodeURIComponent(key),
        JSON.stringify(key).slice(1, -1),
        Buffer.from(key).toString('base64').slice(0, -3),
        Buffer.from(key).toString('base64url').slice(0, -3),
        basic('u').slice(3, -3),
        basic('us').slice(4, -3),
        'headers kept',
      ])
        expect(shown).not.toContain(form)
    }
  })

  it('leaves a clean cause as it is', () => {
    const cause = Object.assign(new Error('boom'), { status: 500, headers: new Headers({ a: 'b' }) })
    expect(toInsideLLMsError(cause, driver).cause).toBe(cause)
  })

  it('is found in any text, plain, URL-encoded or base64 at any place', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, maxLength: 60 }), fc.string(), fc.string(), (secret, before, after) => {
        for (const text of [
          before + secret + after,
          JSON.stringify({ before, secret, after }),
          encodeURIComponent(before + secret + after),
          encodeURIComponent(before + secret + after).replace(/%../g, (code) => code.toLowerCase()),
          Buffer.from(before + secret + after).toString('base64'),
          Buffer.from(before + secret + after).toString('base64url'),
        ])
          expect(redactText(text, [secret])).toContain('[redacted]')
      }),
    )
  })

  it('that begins another one does not leave its end behind', () => {
    expect(redactText('abcd1234 and abcd', ['abcd', 'abcd1234'])).toBe('[redacted] and [redacted]')
    expect(redactText('the cat', ['cat'])).toBe('the cat')
  })
})

describe('redact', () => {
  it('cleans what is recorded, and not the answer', async () => {
    const response = answer(`the key is ${key}`, {
      request: { headers: { authorization: `Bearer ${key}` }, n: 12345678 },
      raw: { [key]: [key], created: 12345678 },
      http: { status: 200, headers: { 'x-echo': key, 'openai-organization': 'acme' } },
      ledger: { 'providerOptions.key': { status: 'sent', value: key } },
    })
    const secretive = fakeDriver({
      secrets: () => [key],
      respond: async () => response,
      async *events() {
        yield { type: 'finish', response }
      },
    })
    const model = new DriverModel(secretive, {
      middleware: [redact({ secrets: ['12345678'], headers: ['OpenAI-Organization'] })],
    })
    const responses = [await model.respond('x'), await model.stream('x').response]
    for (const { text, request, raw, http, ledger } of responses) {
      expect(text).toContain(key)
      expect(JSON.stringify([request, raw, http, ledger])).not.toContain(JSON.stringify(key).slice(1, -1))
      expect(http?.headers).toEqual({ 'x-echo': '[redacted]' })
      expect(raw).toEqual({ '[redacted]': ['[redacted]'], created: 12345678 })
    }
  })

  it('cleans errors of streams', async () => {
    const model = new DriverModel(
      fakeDriver({
        // eslint-disable-next-line require-yield -- it fails before its first event
        async *events() {
          throw new Error('planted-secret')
        },
      }),
      { middleware: [redact({ secrets: ['planted-secret'] })] },
    )
    expect((await failure(() => collect(model.events('x')))).message).not.toContain('planted-secret')
  })
})

import { describe, expect, it } from 'vitest'
import { type OpenAISdk, postWithSdk } from '../src/chat-completions/post-with-sdk.ts'

/** Builds as the SDK does, and tells what an error was made of. */
const sdk: OpenAISdk = {
  client: {
    buildRequest: async ({ path, body, stream }) => ({
      url: `http://localhost/v1${path}`,
      req: { method: 'post', headers: new Headers({ accept: stream ? 'stream' : 'json' }), body: JSON.stringify(body) },
    }),
  },
  APIError: {
    generate: (status, body, message, headers) =>
      Object.assign(new Error('failed'), { made: { status, body, message, id: headers.get('x-request-id') } }),
  },
}

async function failureOf(response: Response): Promise<unknown> {
  const request = { path: '/chat/completions', body: {}, signal: undefined }
  return postWithSdk(sdk, async () => response, request).then(
    () => undefined,
    (error: { made: unknown }) => error.made,
  )
}

describe('postWithSdk', () => {
  it("sends what the SDK built, with the caller's signal, and gives the response unread", async () => {
    const seen: [unknown, RequestInit | undefined][] = []
    const { signal } = new AbortController()
    const answer = Response.json({ fine: true })
    const carry: typeof fetch = async (input, init) => {
      seen.push([input, init])
      return answer
    }
    const response = await postWithSdk(sdk, carry, { path: '/responses', body: { stream: true }, signal })
    expect(response).toBe(answer)
    expect(response.bodyUsed).toBe(false)
    const [url, init] = seen[0]!
    expect(url).toBe('http://localhost/v1/responses')
    expect(init).toMatchObject({ method: 'post', body: '{"stream":true}' })
    expect(new Headers(init?.headers).get('accept')).toBe('stream')
    expect(init?.signal).toBe(signal)
  })

  it("makes the SDK's error of a failure, whatever its body is", async () => {
    const headers = { 'x-request-id': 'req_1' }
    const facts = { status: 429, id: 'req_1' }
    const fail = (body: BodyInit | null): Promise<unknown> => failureOf(new Response(body, { status: 429, headers }))
    expect(await fail('{"error":{"code":"slow"}}')).toEqual({ ...facts, body: { error: { code: 'slow' } } })
    expect(await fail('{"message":"slow down"}')).toEqual({ ...facts, body: { error: { message: 'slow down' } } })
    expect(await fail('<html>busy</html>')).toEqual({ ...facts, body: {}, message: '<html>busy</html>' })
    expect(await fail('"busy"')).toEqual({ ...facts, body: {}, message: '"busy"' })
    expect(await fail(null)).toEqual({ ...facts, body: {}, message: '' })
  })

  it('knows the status of a failure whose body breaks off', async () => {
    const broken = new ReadableStream({
      pull: (controller) => controller.error(new Error('connection reset')),
    })
    expect(await failureOf(new Response(broken, { status: 503 }))).toMatchObject({
      status: 503,
      message: expect.stringContaining('connection reset'),
    })
  })
})

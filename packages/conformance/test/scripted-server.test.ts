import { describe, expect, it } from 'vitest'
import { json, ndjson, noReply, sse, sseEvent, stream, text } from '../src/reply.ts'
import { type Script, type ScriptedServer, startScriptedServer } from '../src/scripted-server.ts'

async function withServer<T>(script: Script, use: (server: ScriptedServer) => Promise<T>): Promise<T> {
  await using server = await startScriptedServer(script)
  return await use(server)
}

describe('startScriptedServer', () => {
  it('records each request and answers by its number', async () => {
    await withServer(
      (request, index) => json({ index, asked: request.json }, { status: 200 + index, headers: { 'x-id': 'a' } }),
      async (server) => {
        const ask = () =>
          fetch(`${server.url}/v1/chat?key=1`, { method: 'POST', body: '{"a":[1]}', headers: { 'x-test': 'yes' } })
        await ask()
        const second = await ask()
        expect(second.status).toBe(201)
        expect(second.headers.get('x-id')).toBe('a')
        expect(second.headers.get('content-type')).toBe('application/json')
        expect(await second.json()).toEqual({ index: 1, asked: { a: [1] } })
        expect(server.requests).toHaveLength(2)
        expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/v1/chat?key=1', body: '{"a":[1]}' })
        expect(server.requests[0]?.headers['x-test']).toBe('yes')
        expect(await server.requests[0]?.ended).toBe('answered')
      },
    )
  })

  it('gives a body that is no JSON as text only', async () => {
    await withServer(
      () => text('<h1>no</h1>', { status: 502 }),
      async (server) => {
        const response = await fetch(server.url, { method: 'POST', body: '{torn' })
        expect([response.status, await response.text()]).toEqual([502, '<h1>no</h1>'])
        expect(server.requests[0]).toMatchObject({ body: '{torn', json: undefined })
      },
    )
  })

  it('delivers every chunk by itself', async () => {
    const bytes = new TextEncoder().encode('äöü')
    await withServer(
      () => stream([...bytes].map((byte) => Uint8Array.of(byte))),
      async (server) => {
        const sizes: number[] = []
        for await (const chunk of (await fetch(server.url)).body!) sizes.push(chunk.length)
        expect(sizes).toEqual([1, 1, 1, 1, 1, 1])
      },
    )
  })

  it('lets an async source wait for the reader', async () => {
    const gate = Promise.withResolvers<void>()
    async function* chunks() {
      yield 'one'
      await gate.promise
      yield 'two'
    }
    await withServer(
      () => stream(chunks()),
      async (server) => {
        const reader = (await fetch(server.url)).body!.getReader()
        expect(new TextDecoder().decode((await reader.read()).value)).toBe('one')
        gate.resolve()
        expect(new TextDecoder().decode((await reader.read()).value)).toBe('two')
      },
    )
  })

  it('ends cleanly, breaks the connection, or says nothing', async () => {
    const replies = [stream(['half']), stream(['half'], { endWith: 'reset' }), noReply()]
    await withServer(
      (_, index) => replies[index]!,
      async (server) => {
        expect(await (await fetch(server.url)).text()).toBe('half')
        await expect(fetch(server.url).then((response) => response.text())).rejects.toThrow(/terminated|fetch failed/)
        await expect(fetch(server.url)).rejects.toThrow('fetch failed')
      },
    )
  })

  it('knows when a client leaves an answer that hangs', async () => {
    await withServer(
      () => stream(['a'], { endWith: 'hang' }),
      async (server) => {
        const response = await fetch(server.url)
        await response.body!.cancel()
        expect(await server.requests[0]?.ended).toBe('abandoned')
      },
    )
  })

  it('shows a script that throws', async () => {
    await withServer(
      () => {
        throw new Error('typo in the script')
      },
      async (server) => {
        const response = await fetch(server.url)
        expect(response.status).toBe(418)
        expect(await response.text()).toContain('typo in the script')
      },
    )
  })

  it('closes with connections open, and leaves none', async () => {
    const server = await startScriptedServer(() => stream(['a'], { endWith: 'hang' }))
    const response = await fetch(server.url)
    expect(server.openSockets).toBe(1)
    await server.close()
    await expect(response.text()).rejects.toThrow('terminated')
    expect(server.openSockets).toBe(0)
  })
})

describe('replies', () => {
  it('write server-sent events and newline-delimited JSON', () => {
    expect(sse([{ a: 1 }, '[DONE]']).chunks).toEqual(['data: {"a":1}\n\n', 'data: [DONE]\n\n'])
    expect(sseEvent({ a: 1 }, 'delta')).toBe('event: delta\ndata: {"a":1}\n\n')
    expect(ndjson([{ a: 1 }, { done: true }])).toMatchObject({
      headers: { 'content-type': 'application/x-ndjson' },
      chunks: ['{"a":1}\n', '{"done":true}\n'],
    })
  })
})

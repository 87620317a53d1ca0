import { getEventListeners } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { HttpPool } from '../src/http-pool-default.ts'
import { createHttpPool } from '../src/http-pool.ts'

let server: Server | undefined
let pool: HttpPool | undefined

afterEach(() => {
  pool?.close()
  server?.closeAllConnections()
  server?.close()
})

interface Started {
  url: string
  fetch: typeof fetch
  sockets: Set<Socket>
  /** Every connection that was ever made. */
  connections(): number
}

async function start(listener: RequestListener, host: string = '127.0.0.1'): Promise<Started> {
  const sockets = new Set<Socket>()
  let connections = 0
  server = createServer(listener).on('connection', (socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server!.listen(0, host, resolve))
  pool = createHttpPool()
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}/`,
    fetch: pool.fetch,
    sockets,
    connections: () => connections,
  }
}

async function body(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition() && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(condition()).toBe(true)
}

describe('a request', () => {
  it('arrives as it was given, whatever the kind of headers and body', async () => {
    const seen: [string | undefined, unknown, string][] = []
    const { url, fetch } = await start(async (request, response) => {
      seen.push([request.method, request.headers, await body(request)])
      response.setHeader('x-request-id', 'r-1').end('{"a":"é"}')
    })
    for (const headers of [{ 'x-a': '1' }, new Headers({ 'x-a': '1' }), [['x-a', '1']] as [string, string][]])
      for (const content of ['{"é":1}', new TextEncoder().encode('{"é":1}')]) {
        const response = await fetch(url, { method: 'POST', headers, body: content })
        expect(response).toMatchObject({ status: 200, statusText: 'OK', ok: true, url, redirected: false })
        expect(response.headers.get('X-Request-Id')).toBe('r-1')
        expect(await response.json()).toEqual({ a: 'é' })
      }
    await (await fetch(new URL(url), { headers: { 'x-b': undefined } as unknown as Record<string, string> })).text()
    await (await fetch(new Request(url, { method: 'PUT', body: 'r' }))).text()
    expect(seen).toHaveLength(8)
    for (const [method, headers, text] of seen.slice(0, 6)) {
      expect([method, text]).toEqual(['POST', '{"é":1}'])
      expect(headers).toMatchObject({ 'x-a': '1', 'content-length': '8' })
    }
    expect(seen[6]?.[0]).toBe('GET')
    expect(seen[6]?.[1]).not.toHaveProperty('x-b')
    expect(seen[7]).toMatchObject(['PUT', {}, 'r'])
  })

  it('uses a kept connection again, and as many as it needs at once', async () => {
    const { url, fetch, connections } = await start(
      (_request, response) => void setTimeout(() => response.end('ok'), 5),
    )
    for (let call = 0; call < 5; call++) await (await fetch(url)).text()
    expect(connections()).toBe(1)
    await Promise.all(Array.from({ length: 8 }, async () => (await fetch(url)).text()))
    expect(connections()).toBe(8)
  })

  it('names its host and its length once, also where the caller names them', async () => {
    const seen: string[][] = []
    const { url, fetch } = await start((request, response) => {
      seen.push(request.rawHeaders.filter((_text, index) => index % 2 === 0).map((name) => name.toLowerCase()))
      response.end(request.headers.host)
    })
    const given = { Host: 'elsewhere.example', 'Content-Length': '4', 'X-Given': 'yes' }
    const answers = [
      await fetch(url, { method: 'POST', body: 'text' }),
      await fetch(url, { method: 'POST', body: 'text', headers: given }),
      await fetch(url, { method: 'POST' }),
    ]
    expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual([
      new URL(url).host,
      'elsewhere.example',
      new URL(url).host,
    ])
    for (const names of seen) {
      expect(new Set(names).size).toBe(names.length)
      expect(names).toContain('host')
      expect(names).toContain('content-length')
    }
  })

  it('sends the credentials of its URL', async () => {
    const { url, fetch } = await start((request, response) => response.end(request.headers.authorization))
    const answer = await fetch(url.replace('//', '//me:secret@'), { method: 'POST', body: 'text' })
    expect(await answer.text()).toBe(`Basic ${btoa('me:secret')}`)
  })

  it('reaches an IPv6 host', async (context) => {
    const started = await start((_request, response) => response.end('six'), '::1').catch(() => undefined)
    if (started === undefined) return context.skip('this machine has no IPv6 loopback')
    expect(await (await started.fetch(started.url)).text()).toBe('six')
  })

  it('follows redirects as fetch does', async () => {
    const { url, fetch } = await start(async (request, response) => {
      if (request.url === '/') response.writeHead(307, { location: '/there' }).end('moved')
      else response.end(`${request.method} ${await body(request)}`)
    })
    const response = await fetch(url, { method: 'POST', body: 'x' })
    expect(await response.text()).toBe('POST x')
    expect(response.redirected).toBe(true)
  })

  it('rejects as fetch does where nobody listens or the URL is none', async () => {
    pool = createHttpPool()
    await expect(pool.fetch('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await expect(pool.fetch('no url')).rejects.toThrow(TypeError)
  })
})

describe('an abort', () => {
  it('before the request sends nothing', async () => {
    const { url, fetch, connections } = await start((_request, response) => response.end())
    const reason = new Error('why')
    await expect(fetch(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await expect(fetch(url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
    expect(connections()).toBe(0)
  })

  it('while it waits for headers ends it at once, and closes the socket', async () => {
    const { url, fetch, sockets } = await start(() => undefined)
    const controller = new AbortController()
    const waiting = fetch(url, { signal: controller.signal })
    await until(() => sockets.size === 1)
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
    await until(() => sockets.size === 0)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })

  it.each([false, true])('in the body ends the reader with its reason (compressed: %s)', async (compressed) => {
    const { url, fetch, sockets } = await start((_request, response) => {
      const start = compressed ? gzipSync('a'.repeat(1e5), { level: 0 }).subarray(0, 5e4) : 'abc'
      response.writeHead(200, compressed ? { 'content-encoding': 'gzip' } : {}).write(start)
    })
    for (const read of [
      (response: Response) => response.text(),
      async (response: Response) => {
        for await (const _ of response.body!);
      },
    ]) {
      const controller = new AbortController()
      const reading = read(await fetch(url, { signal: controller.signal }))
      setTimeout(() => controller.abort(), 5)
      await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
      await until(() => sockets.size === 0)
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    }
  })

  it('after the end changes nothing, and a finished call leaves no listener', async () => {
    const { url, fetch, sockets } = await start((_request, response) => response.end('ok'))
    const controller = new AbortController()
    const response = await fetch(url, { signal: controller.signal })
    expect(await response.text()).toBe('ok')
    await until(() => getEventListeners(controller.signal, 'abort').length === 0)
    controller.abort()
    expect(sockets.size).toBe(1)
  })
})

describe('a body', () => {
  const text = 'é'.repeat(70_000)

  it.each([
    ['gzip', gzipSync(text)],
    ['br', brotliCompressSync(text)],
    ['deflate', deflateSync(text)],
    ['identity', Buffer.from(text)],
  ])('in %s is read, and its connection is kept', async (encoding, bytes) => {
    const { url, fetch, connections } = await start((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(bytes)
    })
    for (let call = 0; call < 3; call++) expect(await (await fetch(url)).text()).toBe(text)
    expect(connections()).toBe(1)
  })

  it('in an encoding that nobody knows is an error', async () => {
    const { url, fetch } = await start((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'snappy' }).end('x')
    })
    await expect((await fetch(url)).text()).rejects.toThrow('snappy')
  })

  it('is read in every way that a Response has', async () => {
    const { url, fetch } = await start((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('\u{feff}{"a":1}')
    })
    const get = async (): Promise<Response> => fetch(url)
    const decoder = new TextDecoder()
    const decode = (bytes: AllowSharedBufferSource): string => decoder.decode(bytes)
    expect(await (await get()).json()).toEqual({ a: 1 })
    expect(await (await get()).text()).toBe('{"a":1}')
    expect(decode(await (await get()).arrayBuffer())).toBe('{"a":1}')
    expect(decode(await (await get()).bytes())).toBe('{"a":1}')
    const blob = await (await get()).blob()
    expect([blob.type, await blob.text()]).toEqual(['application/json', '{"a":1}'])

    let iterated = ''
    for await (const chunk of (await get()).body!) iterated += decode(chunk)
    expect(iterated).toBe('{"a":1}')

    const reader = (await get()).body!.getReader()
    const first = await reader.read()
    expect(decode(first.value!)).toBe('{"a":1}')
    expect(await reader.read()).toEqual({ done: true, value: undefined })
    reader.releaseLock()

    let piped = ''
    for await (const chunk of (await get()).body!.pipeThrough(new TextDecoderStream())) piped += chunk
    expect(piped).toBe('{"a":1}')

    const [left, right] = (await get()).body!.tee()
    for (const half of [left, right]) expect(await new Response(half).json()).toEqual({ a: 1 })

    const response = await get()
    const copy = response.clone()
    expect([await copy.text(), await response.text()]).toEqual(['{"a":1}', '{"a":1}'])
  })

  it('can be read once', async () => {
    const { url, fetch } = await start((_request, response) => response.end('ok'))
    const response = await fetch(url)
    expect(response.bodyUsed).toBe(false)
    await response.text()
    expect(response.bodyUsed).toBe(true)
    await expect(response.text()).rejects.toThrow(TypeError)
  })

  it('that is cut is an error to every reader, also to one who comes late', async () => {
    const { url, fetch } = await start((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half', () => response.socket?.destroy())
    })
    await expect((await fetch(url)).text()).rejects.toThrow(/aborted|premature|terminated/i)
    await expect(
      (async () => {
        for await (const _ of (await fetch(url)).body!);
      })(),
    ).rejects.toThrow(/aborted|premature|terminated/i)
    const late = await fetch(url)
    await new Promise((resolve) => setTimeout(resolve, 30))
    await expect(late.text()).rejects.toThrow(/aborted|premature|terminated/i)
    const lateToo = await fetch(url)
    await new Promise((resolve) => setTimeout(resolve, 30))
    await expect(
      (async () => {
        for await (const _ of lateToo.body!);
      })(),
    ).rejects.toThrow(/aborted|premature|terminated/i)
  })

  it('closes its socket when its reader cancels or leaves', async () => {
    const { url, fetch, sockets } = await start((_request, response) => void response.write('abc'))
    await (await fetch(url)).body!.cancel()
    await until(() => sockets.size === 0)
    await (await fetch(url)).body!.getReader().cancel()
    await until(() => sockets.size === 0)
    for await (const _ of (await fetch(url)).body!) break
    await until(() => sockets.size === 0)
    expect(sockets.size).toBe(0)
  })
})

it('closes every connection, and can be used again', async () => {
  const { url, fetch, sockets } = await start((_request, response) => response.end('ok'))
  await (await fetch(url)).text()
  expect(sockets.size).toBe(1)
  pool?.close()
  await until(() => sockets.size === 0)
  expect(await (await fetch(url)).text()).toBe('ok')
})

import type * as http from 'node:http'
import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import type { HttpPool } from './http-pool-default.ts'
import { HttpResponse } from './http-response.ts'

type HttpModule = typeof http

/**
 * A `fetch` for vendor SDKs on `node:http` with a keep-alive pool: half the CPU of the global `fetch` per call, which
 * wraps every body in WHATWG streams. Bodies other than text and bytes, and redirects, go to the global `fetch`.
 */
export function createHttpPool(): HttpPool {
  const agents = new Map<string, Agent>()
  // The same switch that makes Node's own fetch honour HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
  const proxied = process.env['NODE_USE_ENV_PROXY'] === '1'
  return {
    async fetch(input, init = {}) {
      const url = new URL(input instanceof Request ? input.url : input)
      const { body = null, signal } = init
      if (input instanceof Request || !isPlain(body)) return globalThis.fetch(input, init)
      const module = httpModule(url.protocol)
      let agent = agents.get(url.protocol)
      if (agent === undefined) agents.set(url.protocol, (agent = newAgent(module, proxied)))
      const headers = wireHeaders(init.headers, url, body, proxied)
      const incoming = await send(
        module,
        url,
        { method: init.method ?? 'GET', headers, agent },
        body,
        signal ?? undefined,
      )
      if (isRedirect(incoming)) {
        incoming.resume()
        return globalThis.fetch(input, init)
      }
      return new HttpResponse(incoming, url.href) as unknown as Response
    },
    close() {
      for (const agent of agents.values()) agent.destroy()
      agents.clear()
    },
  }
}

/** Loaded at the first request: a program that makes none should not pay for TLS. */
function httpModule(protocol: string): HttpModule {
  return process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http') as HttpModule
}

function newAgent({ Agent }: HttpModule, proxied: boolean): Agent {
  const proxy = proxied ? { proxyEnv: process.env } : {}
  return new Agent({ keepAlive: true, ...proxy } as ConstructorParameters<typeof Agent>[0])
}

function isPlain(body: unknown): body is string | Uint8Array | null {
  return body === null || typeof body === 'string' || body instanceof Uint8Array
}

/**
 * A flat list, which takes Node half the time of an object: it checks each header once, and adds none of its own. Where
 * it must add more than host and length, it gets an object.
 */
function wireHeaders(
  headers: HeadersInit | undefined,
  url: URL,
  body: string | Uint8Array | null,
  proxied: boolean,
): Record<string, string> | string[] {
  const given =
    typeof (headers as Headers | undefined)?.forEach === 'function' ? headers : Object.entries(headers ?? {})
  const flat = body !== null && !proxied && url.username === ''
  const plain: Record<string, string> = flat
    ? { host: url.host, 'content-length': String(Buffer.byteLength(body)) }
    : {}
  // Node refuses what is undefined, and SDKs leave such headers in.
  for (const [name, value] of given as Iterable<[string, string | undefined]>)
    if (value != null) plain[name.toLowerCase()] = value
  return flat ? Object.entries(plain).flat() : plain
}

function isRedirect({ statusCode, headers }: IncomingMessage): boolean {
  return headers.location !== undefined && [301, 302, 303, 307, 308].includes(statusCode ?? 0)
}

interface RequestOptions {
  method: string
  headers: Record<string, string> | string[]
  agent: Agent
}

function send(
  module: HttpModule,
  url: URL,
  options: RequestOptions,
  body: string | Uint8Array | null,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    let incoming: IncomingMessage | undefined
    const request: ClientRequest = module.request(url, options, (message) => {
      incoming = message
      // Keeps the reason of a break for whoever reads the body only later.
      incoming.on('error', () => undefined)
      resolve(message)
    })
    const onAbort = (): void => {
      const reason =
        signal?.reason instanceof Error ? signal.reason : new DOMException('The request was aborted.', 'AbortError')
      incoming?.destroy(reason)
      request.destroy(reason)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    request.on('close', () => signal?.removeEventListener('abort', onAbort))
    request.on('error', reject)
    if (body === null) request.end()
    else request.end(body)
  })
}

import type * as http from 'node:http'
import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { Readable, type Transform } from 'node:stream'
import type { HttpPool } from './http-pool-default.ts'

type HttpModule = typeof http

/**
 * A `fetch` for vendor SDKs on `node:http` with a keep-alive pool: half the CPU of the global `fetch` per call, which
 * wraps every body in WHATWG streams. Bodies other than text and bytes, and redirects, go to the global `fetch`.
 */
export function createHttpPool(): HttpPool {
  const agents = new Map<string, Agent>()
  return {
    async fetch(input, init = {}) {
      const url = new URL(input instanceof Request ? input.url : input)
      const { body = null, signal } = init
      if (input instanceof Request || !isPlain(body)) return globalThis.fetch(input, init)
      const module = httpModule(url.protocol)
      let agent = agents.get(url.protocol)
      if (agent === undefined) agents.set(url.protocol, (agent = newAgent(module)))
      const headers = plainHeaders(init.headers)
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

function newAgent({ Agent }: HttpModule): Agent {
  // The same switch that makes Node's own fetch honour HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
  const proxy = process.env['NODE_USE_ENV_PROXY'] === '1' ? { proxyEnv: process.env } : {}
  return new Agent({ keepAlive: true, ...proxy } as ConstructorParameters<typeof Agent>[0])
}

function isPlain(body: unknown): body is string | Uint8Array | null {
  return body === null || typeof body === 'string' || body instanceof Uint8Array
}

function plainHeaders(headers: HeadersInit | undefined): Record<string, string> {
  if (headers === undefined) return {}
  return headers instanceof Headers || Array.isArray(headers)
    ? Object.fromEntries(headers as Iterable<[string, string]>)
    : { ...headers }
}

function isRedirect({ statusCode, headers }: IncomingMessage): boolean {
  return headers.location !== undefined && [301, 302, 303, 307, 308].includes(statusCode ?? 0)
}

interface RequestOptions {
  method: string
  headers: Record<string, string>
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
    const request: ClientRequest = module.request(url, options, resolve)
    const onAbort = (): void => {
      request.destroy(
        signal?.reason instanceof Error ? signal.reason : new DOMException('The request was aborted.', 'AbortError'),
      )
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    request.on('close', () => signal?.removeEventListener('abort', onAbort))
    request.on('error', reject)
    if (body === null) request.end()
    else request.end(body)
  })
}

/** As much of a `Response` as SDKs use, without a WHATWG stream below it unless somebody insists on one. */
class HttpResponse {
  readonly status: number
  readonly statusText: string
  readonly ok: boolean
  readonly url: string
  readonly redirected: boolean = false
  readonly type: ResponseType = 'basic'
  readonly #incoming: IncomingMessage
  #headers: Headers | undefined
  #body: HttpBody | undefined

  constructor(incoming: IncomingMessage, url: string) {
    this.#incoming = incoming
    this.status = incoming.statusCode ?? 0
    this.statusText = incoming.statusMessage ?? ''
    this.ok = this.status >= 200 && this.status < 300
    this.url = url
  }

  get headers(): Headers {
    if (this.#headers === undefined) {
      this.#headers = new Headers()
      const raw = this.#incoming.rawHeaders
      for (let index = 0; index < raw.length; index += 2) this.#headers.append(raw[index]!, raw[index + 1]!)
    }
    return this.#headers
  }

  get body(): HttpBody {
    return (this.#body ??= new HttpBody(decoded(this.#incoming)))
  }

  get bodyUsed(): boolean {
    return this.#body?.used ?? false
  }

  async text(): Promise<string> {
    return (await this.#bytes()).toString('utf8')
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.#bytes()
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  }

  async blob(): Promise<Blob> {
    return new Blob([await this.arrayBuffer()], { type: this.headers.get('content-type') ?? '' })
  }

  async #bytes(): Promise<Buffer> {
    if (this.bodyUsed) throw new TypeError('Body is unusable: it has already been read.')
    return readAll(this.body.take())
  }
}

/** Events and no iterator: a small answer is one chunk, and iterating costs several promises. */
function readAll(stream: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    stream.on('error', reject)
  })
}

class HttpBody implements AsyncIterable<Uint8Array> {
  readonly #stream: Readable
  used: boolean = false

  constructor(stream: Readable) {
    this.#stream = stream
  }

  get locked(): boolean {
    return this.used
  }

  take(): Readable {
    this.used = true
    return this.#stream
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.take()[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  }

  getReader(): Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel' | 'releaseLock'> {
    const iterator = this[Symbol.asyncIterator]()
    return {
      read: async () => {
        const { done, value } = await iterator.next()
        return done ? { done: true, value: undefined } : { done: false, value }
      },
      cancel: () => this.cancel(),
      releaseLock: () => undefined,
    }
  }

  async cancel(): Promise<void> {
    this.take().destroy()
  }

  pipeThrough<T>(transform: ReadableWritablePair<T, Uint8Array>, options?: StreamPipeOptions): ReadableStream<T> {
    return this.#toWeb().pipeThrough(transform, options)
  }

  pipeTo(destination: WritableStream<Uint8Array>, options?: StreamPipeOptions): Promise<void> {
    return this.#toWeb().pipeTo(destination, options)
  }

  tee(): [ReadableStream<Uint8Array>, ReadableStream<Uint8Array>] {
    return this.#toWeb().tee()
  }

  #toWeb(): ReadableStream<Uint8Array> {
    return Readable.toWeb(this.take()) as ReadableStream<Uint8Array>
  }
}

/** We ask for no compression, but some servers and proxies compress all the same. */
function decoded(incoming: IncomingMessage): Readable {
  const encoding = incoming.headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding === 'identity' || encoding === '') return incoming
  const zlib = process.getBuiltinModule('node:zlib')
  const decoders: Record<string, () => Transform> = {
    gzip: zlib.createGunzip,
    'x-gzip': zlib.createGunzip,
    deflate: zlib.createInflate,
    br: zlib.createBrotliDecompress,
    zstd: zlib.createZstdDecompress,
  }
  const decoder = decoders[encoding]?.()
  if (decoder === undefined)
    throw new TypeError(`The answer has the content-encoding ${encoding}, which cannot be read.`)
  incoming.on('error', (error) => decoder.destroy(error))
  decoder.on('close', () => incoming.destroy())
  return incoming.pipe(decoder)
}

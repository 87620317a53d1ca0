import type { IncomingMessage } from 'node:http'
import { Readable, type Transform } from 'node:stream'

/** As much of a `Response` as SDKs use, without a WHATWG stream below it unless somebody insists on one. */
export class HttpResponse {
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
    const bytes = await this.#bytes()
    const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
    return bytes.toString('utf8', start)
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.#bytes()
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  }

  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(await this.arrayBuffer())
  }

  async blob(): Promise<Blob> {
    return new Blob([await this.arrayBuffer()], { type: this.headers.get('content-type') ?? '' })
  }

  /** A whole Response of the runtime; both can be read. */
  clone(): Response {
    const [own, other] = this.body.tee()
    this.#body = new HttpBody(Readable.fromWeb(own as Parameters<typeof Readable.fromWeb>[0]))
    return new Response(other, { status: this.status, statusText: this.statusText, headers: this.headers })
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
    const onEnd = (): void => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
    const onBreak = (error = stream.errored): void => reject(error ?? new Error('The connection was closed.'))
    // By hand: stream.finished() costs as much as all the rest of reading a small answer.
    if (stream.destroyed) return onBreak()
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', onEnd)
    stream.on('error', onBreak)
    stream.on('close', () => stream.readableEnded || onBreak())
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

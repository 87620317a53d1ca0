import {
  carrySignal,
  createHttpPool,
  type HttpPool,
  type JsonObject,
  secretsOf,
  type SignalCarrier,
} from '@insidellms/core/driver'
import type { OpenAI } from 'openai'

export interface CompatibleClientSettings {
  baseUrl: string
  /** Absent for a server that wants no key: then no `Authorization` header is sent. */
  apiKey?: string
  headers?: Record<string, string>
  fetch?: typeof fetch
}

/** The SDK, loaded and set up at the first call. Its own retries and timeout are off: core has the one policy for both. */
export class OpenAICompatibleClient {
  readonly #settings: CompatibleClientSettings
  readonly #pool: HttpPool = createHttpPool()
  readonly #carrier: SignalCarrier
  #loading: Promise<OpenAI> | undefined
  #version = ''

  constructor(settings: CompatibleClientSettings) {
    this.#settings = settings
    this.#carrier = carrySignal(settings.fetch ?? this.#pool.fetch)
  }

  /** The SDK's name and version; known once a call was made. */
  sdk(): { name: string; version: string } {
    return { name: 'openai', version: this.#version }
  }

  load(): Promise<OpenAI> {
    return (this.#loading ??= this.#load())
  }

  /** Posts a body as it is, and gives the response unread. */
  async post(path: string, body: JsonObject, signal: AbortSignal | undefined): Promise<Response> {
    const client = await this.load()
    const stream = body['stream'] === true
    return client.post(path, { body, stream, fetchOptions: this.#carrier.fetchOptions(signal) }).asResponse()
  }

  /**
   * Reads a JSON document of the server beside an answer; an absolute URL leaves the base URL aside. Such a document may
   * be missing, and must not hold an answer up: it gets five seconds.
   */
  async get(path: string): Promise<unknown> {
    return (await this.load()).get(path, { signal: AbortSignal.timeout(5000) })
  }

  secrets(): string[] {
    return secretsOf(this.#settings.apiKey, this.#settings.headers)
  }

  async close(): Promise<void> {
    this.#pool.close()
  }

  async #load(): Promise<OpenAI> {
    const [{ OpenAI }, { VERSION }] = await Promise.all([import('openai'), import('openai/version')])
    this.#version = VERSION
    const { apiKey, baseUrl, headers } = this.#settings
    return new OpenAI({
      baseURL: baseUrl,
      apiKey: apiKey ?? 'none',
      // The SDK would read these from OpenAI's own variables and tell another vendor.
      organization: null,
      project: null,
      defaultHeaders: { ...(apiKey === undefined && { Authorization: null }), ...headers },
      fetch: this.#carrier.fetch,
      maxRetries: 0,
      timeout: 2 ** 31 - 1,
    })
  }
}

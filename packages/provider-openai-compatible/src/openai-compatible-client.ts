import { postWithSdk } from '@insidellms/core/chat-completions'
import { createHttpPool, type HttpPool, type JsonObject, secretsOf } from '@insidellms/core/driver'
import type { APIError, OpenAI } from 'openai'

export interface CompatibleClientSettings {
  baseUrl: string
  /** Absent for a server that wants no key: then no `Authorization` header is sent. */
  apiKey?: string
  headers?: Record<string, string>
  fetch?: typeof fetch
}

interface LoadedSdk {
  client: OpenAI
  APIError: typeof APIError
}

/** The SDK, loaded and set up at the first call. Its own retries and timeout are off: core has the one policy for both. */
export class OpenAICompatibleClient {
  readonly #settings: CompatibleClientSettings
  readonly #pool: HttpPool = createHttpPool()
  readonly #fetch: typeof fetch
  #loading: Promise<LoadedSdk> | undefined
  #version = ''

  constructor(settings: CompatibleClientSettings) {
    this.#settings = settings
    this.#fetch = settings.fetch ?? this.#pool.fetch
  }

  /** The SDK's name and version; known once a call was made. */
  sdk(): { name: string; version: string } {
    return { name: 'openai', version: this.#version }
  }

  async load(): Promise<OpenAI> {
    return (await this.#sdk()).client
  }

  /** Posts a body as it is, and gives the response unread. */
  async post(path: string, body: JsonObject, signal: AbortSignal | undefined): Promise<Response> {
    return postWithSdk(await this.#sdk(), this.#fetch, { path, body, signal })
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

  #sdk(): Promise<LoadedSdk> {
    return (this.#loading ??= this.#load())
  }

  async #load(): Promise<LoadedSdk> {
    const [{ OpenAI, APIError }, { VERSION }] = await Promise.all([import('openai'), import('openai/version')])
    this.#version = VERSION
    const { apiKey, baseUrl, headers } = this.#settings
    const client = new OpenAI({
      baseURL: baseUrl,
      apiKey: apiKey ?? 'none',
      // The SDK would read these from OpenAI's own variables and tell another vendor.
      organization: null,
      project: null,
      defaultHeaders: { ...(apiKey === undefined && { Authorization: null }), ...headers },
      fetch: this.#fetch,
      maxRetries: 0,
      timeout: 2 ** 31 - 1,
    })
    return { client, APIError }
  }
}

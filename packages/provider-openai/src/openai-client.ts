import { postWithSdk } from '@insidellms/core/chat-completions'
import { createHttpPool, type HttpPool, type JsonObject } from '@insidellms/core/driver'
import type { APIError, OpenAI } from 'openai'
import type { OpenAISettings } from './openai-driver.ts'

interface LoadedSdk {
  client: OpenAI
  APIError: typeof APIError
}

/** The SDK, loaded and set up at the first call. Its own retries and timeout are off: core has the one policy for both. */
export class OpenAIClient {
  readonly #settings: OpenAISettings & { apiKey: string }
  readonly #pool: HttpPool = createHttpPool()
  readonly #fetch: typeof fetch
  #loading: Promise<LoadedSdk> | undefined
  #version = ''

  constructor(settings: OpenAISettings & { apiKey: string }) {
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

  /** Posts a body as it is, and gives the response unread: its stream and its terminal marker are read here, not by the SDK. */
  async post(path: string, body: JsonObject, signal: AbortSignal | undefined): Promise<Response> {
    return postWithSdk(await this.#sdk(), this.#fetch, { path, body, signal })
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
    const { apiKey, baseUrl, organization, project, headers } = this.#settings
    const client = new OpenAI({
      apiKey,
      ...(baseUrl !== undefined && { baseURL: baseUrl }),
      ...(organization !== undefined && { organization }),
      ...(project !== undefined && { project }),
      ...(headers !== undefined && { defaultHeaders: headers }),
      fetch: this.#fetch,
      maxRetries: 0,
      timeout: 2 ** 31 - 1,
    })
    return { client, APIError }
  }
}

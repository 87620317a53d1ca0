import {
  carrySignal,
  createHttpPool,
  type HttpPool,
  type JsonObject,
  type SignalCarrier,
} from '@insidellms/core/driver'
import type { OpenAI } from 'openai'
import type { OpenAISettings } from './openai-driver.ts'

/** The SDK, loaded and set up at the first call. Its own retries and timeout are off: core has the one policy for both. */
export class OpenAIClient {
  readonly #settings: OpenAISettings & { apiKey: string }
  readonly #pool: HttpPool = createHttpPool()
  readonly #carrier: SignalCarrier
  #loading: Promise<OpenAI> | undefined
  #version = ''

  constructor(settings: OpenAISettings & { apiKey: string }) {
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

  /** Posts a body as it is, and gives the response unread: its stream and its terminal marker are read here, not by the SDK. */
  async post(path: string, body: JsonObject, signal: AbortSignal | undefined): Promise<Response> {
    const client = await this.load()
    const stream = body['stream'] === true
    return client.post(path, { body, stream, fetchOptions: this.#carrier.fetchOptions(signal) }).asResponse()
  }

  async close(): Promise<void> {
    this.#pool.close()
  }

  async #load(): Promise<OpenAI> {
    const [{ OpenAI }, { VERSION }] = await Promise.all([import('openai'), import('openai/version')])
    this.#version = VERSION
    const { apiKey, baseUrl, organization, project, headers } = this.#settings
    return new OpenAI({
      apiKey,
      ...(baseUrl !== undefined && { baseURL: baseUrl }),
      ...(organization !== undefined && { organization }),
      ...(project !== undefined && { project }),
      ...(headers !== undefined && { defaultHeaders: headers }),
      fetch: this.#carrier.fetch,
      maxRetries: 0,
      timeout: 2 ** 31 - 1,
    })
  }
}

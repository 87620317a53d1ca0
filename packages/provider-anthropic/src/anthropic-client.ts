import type { Anthropic } from '@anthropic-ai/sdk'
import { createHttpPool, type HttpPool } from '@insidellms/core/driver'
import type { AnthropicSettings } from './anthropic-driver.ts'
import type { MessagesRequest } from './messages-request.ts'

/** The SDK, loaded and set up at the first call. Its own retries and timeout are off: core has the one policy for both. */
export class AnthropicClient {
  readonly #settings: AnthropicSettings & { apiKey: string }
  readonly #pool: HttpPool = createHttpPool()
  #loading: Promise<Anthropic> | undefined
  #version = ''

  constructor(settings: AnthropicSettings & { apiKey: string }) {
    this.#settings = settings
  }

  /** The SDK's name and version; known once a call was made. */
  sdk(): { name: string; version: string } {
    return { name: '@anthropic-ai/sdk', version: this.#version }
  }

  load(): Promise<Anthropic> {
    return (this.#loading ??= this.#load())
  }

  /**
   * Posts a body as it is, and gives the response unread: its stream and its terminal marker are read here, not by the
   * SDK. Going past `messages.create` also leaves out its refusal of long answers that are not streamed.
   */
  async post(
    path: string,
    { body, apiVersion }: Pick<MessagesRequest, 'body' | 'apiVersion'>,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const client = await this.load()
    const headers = apiVersion === undefined ? undefined : { 'anthropic-version': apiVersion }
    return client.post(path, { body, ...(headers && { headers }), ...(signal && { signal }) }).asResponse()
  }

  async close(): Promise<void> {
    this.#pool.close()
  }

  async #load(): Promise<Anthropic> {
    const [{ Anthropic }, { VERSION }] = await Promise.all([
      import('@anthropic-ai/sdk'),
      import('@anthropic-ai/sdk/version'),
    ])
    this.#version = VERSION
    const { apiKey, baseUrl, headers, fetch } = this.#settings
    return new Anthropic({
      apiKey,
      ...(baseUrl !== undefined && { baseURL: baseUrl }),
      ...(headers !== undefined && { defaultHeaders: headers }),
      fetch: fetch ?? this.#pool.fetch,
      maxRetries: 0,
      timeout: 2 ** 31 - 1,
    })
  }
}

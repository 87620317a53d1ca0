import { createHttpPool, type HttpPool, type JsonObject, readEnvironment } from '@insidellms/core/driver'
import type { CohereClient as Cohere, CohereError } from 'cohere-ai'
import type { CohereSettings } from './cohere-driver.ts'

interface Loaded {
  client: Cohere
  CohereError: typeof CohereError
}

/** The SDK, loaded and set up at the first call. Its own retries and timeout are off: core has the one policy for both. */
export class CohereClient {
  readonly #settings: CohereSettings & { apiKey: string }
  readonly #pool: HttpPool = createHttpPool()
  readonly #origin: string
  #loading: Promise<Loaded> | undefined
  #version = ''

  constructor(settings: CohereSettings & { apiKey: string }) {
    this.#settings = settings
    const baseUrl = settings.baseUrl ?? readEnvironment(['CO_API_URL']) ?? 'https://api.cohere.com'
    this.#origin = baseUrl.replace(/\/+$/, '')
  }

  /** The SDK's name and version; known once a call was made. */
  sdk(): { name: string; version: string } {
    return { name: 'cohere-ai', version: this.#version }
  }

  /** Posts a body as it is, and gives the response unread: its stream and its terminal marker are read here, not by the SDK. */
  post(path: string, body: JsonObject, signal: AbortSignal | undefined): Promise<Response> {
    const headers = { 'content-type': 'application/json' }
    return this.#send(path, { method: 'POST', headers, body: JSON.stringify(body) }, signal)
  }

  get(path: string): Promise<Response> {
    return this.#send(path, { method: 'GET' }, undefined)
  }

  async close(): Promise<void> {
    this.#pool.close()
  }

  /**
   * The SDK's methods read every answer into objects of their own and forget the timer of a request that fails. Its
   * `fetch` does neither, but takes no status for an error. The address is whole, as it would encode a query.
   *
   * @throws {CohereError} for every status but 2xx.
   */
  async #send(path: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
    const { client, CohereError } = await (this.#loading ??= this.#load())
    const response = await client.fetch(this.#origin + path, init, signal && { abortSignal: signal })
    if (response.ok) return response
    const { headers, redirected, status, statusText, type, url } = response
    const text = await response.text()
    throw new CohereError({
      statusCode: status,
      body: jsonOrText(text),
      rawResponse: { headers, redirected, status, statusText, type, url },
    })
  }

  async #load(): Promise<Loaded> {
    const { CohereClient, CohereError } = await import('cohere-ai')
    const { apiKey, headers, fetch = this.#pool.fetch } = this.#settings
    const client = new CohereClient({
      token: apiKey,
      ...(headers !== undefined && { headers }),
      fetch: (input, init) => {
        // The package exports its version nowhere else.
        this.#version ||= new Headers(init?.headers).get('x-fern-sdk-version') ?? ''
        return fetch(input, init)
      },
      maxRetries: 0,
    })
    return { client, CohereError }
  }
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

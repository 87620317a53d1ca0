import { createHttpPool, type HttpPool, type JsonObject } from '@insidellms/core/driver'
import type { GoogleGenAI } from '@google/genai'
import type { GeminiSettings } from './gemini-driver.ts'

/** Calls of the API that answer to a request body. */
export type GeminiMethod = 'generateContent' | 'streamGenerateContent' | 'countTokens'

/** The `error` object of Google's APIs: https://cloud.google.com/apis/design/errors */
export interface GoogleErrorBody {
  code?: number
  message?: string
  status?: string
  details?: { '@type'?: string; retryDelay?: string; reason?: string }[]
}

/** A status that is no success. The SDK's own error keeps neither headers nor details. */
export class GeminiHttpError extends Error {
  readonly status: number
  readonly headers: Headers
  readonly body: GoogleErrorBody

  constructor(status: number, headers: Headers, body: GoogleErrorBody, text: string) {
    super(body.message ?? text.slice(0, 500))
    this.name = 'GeminiHttpError'
    this.status = status
    this.headers = headers
    this.body = body
  }
}

/**
 * What the SDK gets in place of the response, which is read here: the SDK's reading renames fields and drops those that
 * it does not know.
 */
function standIn(): Response {
  return new Response('{}', { headers: { 'content-type': 'application/json' } })
}

/** The SDK, loaded at the first call. It makes address and headers; bodies go out and come in as this package has them. */
export class GeminiClient {
  readonly #settings: GeminiSettings & { apiKey: string }
  readonly #pool: HttpPool = createHttpPool()
  #loading: Promise<GoogleGenAI> | undefined
  #version = ''

  constructor(settings: GeminiSettings & { apiKey: string }) {
    this.#settings = settings
  }

  /** The SDK's name and version; known once a call was made. */
  sdk(): { name: string; version: string } {
    return { name: '@google/genai', version: this.#version }
  }

  load(): Promise<GoogleGenAI> {
    return (this.#loading ??= this.#load())
  }

  /** Posts a body as it is, and gives the response unread. */
  async post(method: GeminiMethod, body: JsonObject, signal: AbortSignal | undefined): Promise<Response> {
    const { models } = await this.load()
    let response!: Response
    const fetch = (async (url: string, init: RequestInit) => {
      this.#version ||= versionOf(init.headers)
      response = await this.#send(url, { ...init, body: JSON.stringify(body), signal: signal ?? null })
      return standIn()
    }) as typeof globalThis.fetch
    const request = { model: this.#settings.modelName, contents: 'sent by fetch', config: { httpOptions: { fetch } } }
    if (method === 'generateContent') await models.generateContent(request)
    else if (method === 'countTokens') await models.countTokens(request)
    else await models.generateContentStream(request)
    return response
  }

  async close(): Promise<void> {
    this.#pool.close()
  }

  async #load(): Promise<GoogleGenAI> {
    const { GoogleGenAI: Client } = await import('@google/genai')
    const { apiKey, baseUrl, apiVersion = 'v1beta', headers } = this.#settings
    return new Client({
      apiKey,
      // Otherwise GOOGLE_GENAI_USE_VERTEXAI would send the request to another service.
      vertexai: false,
      httpOptions: {
        apiVersion,
        ...(baseUrl !== undefined && { baseUrl }),
        ...(headers !== undefined && { headers }),
        fetch: ((url: string, init: RequestInit) => this.#send(url, init)) as typeof globalThis.fetch,
      },
    })
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    const response = await (this.#settings.fetch ?? this.#pool.fetch)(url, init)
    if (response.ok) return response
    const text = await response.text()
    throw new GeminiHttpError(response.status, response.headers, errorBody(text), text)
  }
}

/** The SDK states its version in a header of every request, and nowhere else. */
function versionOf(headers: RequestInit['headers']): string {
  return /google-genai-sdk\/(\S+)/.exec(new Headers(headers).get('x-goog-api-client') ?? '')?.[1] ?? ''
}

function errorBody(text: string): GoogleErrorBody {
  try {
    const parsed: unknown = JSON.parse(text)
    // Streams that fail at once answer with a list of one.
    const [first] = Array.isArray(parsed) ? parsed : [parsed]
    return (first as { error?: GoogleErrorBody } | undefined)?.error ?? {}
  } catch {
    return {}
  }
}

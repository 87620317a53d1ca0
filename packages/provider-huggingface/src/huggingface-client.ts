import { createHttpPool, type HttpPool, InsideLLMsError, type JsonObject, type Ledger } from '@insidellms/core/driver'
import type { InferenceClient, InferenceProviderOrPolicy } from '@huggingface/inference'
import { orAborted } from './or-aborted.ts'

export interface HuggingFaceClientSettings {
  modelName: string
  /** An inference provider, or `auto`. Not beside `endpointUrl`. */
  provider: string
  endpointUrl?: string
  apiKey?: string
  billTo?: string
  headers?: Record<string, string>
  fetch?: typeof fetch
}

/** A status that is no success, with what the SDK's own error leaves out: the headers. */
export class HuggingFaceHttpError extends Error {
  readonly status: number
  readonly headers: Headers
  /** The `error` object of an answer in OpenAI's shape. */
  readonly error: JsonObject | undefined
  /** The next step, where it is known. */
  readonly hint: string | undefined

  constructor(response: Response, text: string, hint?: string) {
    const { message, error } = readError(text)
    super(message ?? text.slice(0, 1000))
    this.name = 'HuggingFaceHttpError'
    this.status = response.status
    this.headers = response.headers
    this.error = error
    this.hint = hint
  }
}

const routerUrl = 'https://router.huggingface.co/v1'

/** What the SDK reads in place of the response, which is read here: the SDK's reading drops headers and raw bytes. */
const standIn = replyOf(JSON.stringify({ id: '', model: '', created: 0, choices: [], usage: {} }))

/**
 * The SDK, loaded at the first call. It knows each inference provider's address, headers, name for the model and
 * dialect; the answer is read by this package.
 */
export class HuggingFaceClient {
  readonly #settings: HuggingFaceClientSettings
  readonly #pool: HttpPool = createHttpPool()
  #loading: Promise<InferenceClient> | undefined
  #version = ''
  /** What the hub says of who serves the model, as it came. */
  #mapping: string | undefined
  #asking: Promise<void> | undefined

  constructor(settings: HuggingFaceClientSettings) {
    this.#settings = settings
  }

  /** The SDK's name and version; known once a call was made. */
  sdk(): { name: string; version: string } {
    return { name: '@huggingface/inference', version: this.#version }
  }

  /**
   * Posts a body, and gives the response unread. Where the inference provider wants it otherwise (its own name for the
   * model, its own dialect), the SDK's version is written back into the body and into the ledger.
   */
  async post(body: JsonObject, ledger: Ledger, signal: AbortSignal | undefined): Promise<Response> {
    const { provider, endpointUrl, billTo } = this.#settings
    const client = await (this.#loading ??= this.#load())
    let response!: Response
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      if (init.method !== 'POST') return this.#askHub(url, init, signal)
      takeDialect(body, JSON.parse(init.body as string) as JsonObject, ledger, provider)
      const headers = this.#headers(init.headers as Record<string, string>)
      response = await this.#send(url, { method: 'POST', headers, body: JSON.stringify(body) }, signal)
      return standIn
    }
    try {
      // Messages can be long, and no provider has a dialect for them: the SDK need not serialise them.
      const request = { ...withoutReserved(body), ...(endpointUrl ? { endpointUrl } : { provider }), messages: [] }
      await client.chatCompletion(request as { provider: InferenceProviderOrPolicy; messages: [] }, {
        fetch: fetch as typeof globalThis.fetch,
        // The SDK's way with 503 is to ask again at once and for ever.
        retry_on_error: false,
        ...(billTo !== undefined && { billTo }),
      })
    } catch (error) {
      throw this.#explain(error)
    }
    return response
  }

  /** The models of the router or of the endpoint. */
  async listModels(): Promise<unknown> {
    const { endpointUrl, apiKey } = this.#settings
    const root = endpointUrl?.replace(/\/+$/, '').replace(/\/chat\/completions$/, '')
    const base = root === undefined ? routerUrl : root.endsWith('/v1') ? root : `${root}/v1`
    // What is meant for another vendor is none of the router's business, and its list is public.
    const trusted = root !== undefined || apiKey?.startsWith('hf_') === true
    const key = apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` }
    const headers = trusted ? this.#headers(key) : new Headers()
    const response = await this.#send(`${base}/models`, { method: 'GET', headers }, AbortSignal.timeout(60_000))
    return JSON.parse(await response.text())
  }

  async close(): Promise<void> {
    this.#pool.close()
  }

  async #load(): Promise<InferenceClient> {
    const { InferenceClient: Client } = await import('@huggingface/inference')
    return new Client(this.#settings.apiKey ?? '')
  }

  #headers(own: Record<string, string>): Headers {
    // The SDK states its version in this header, and nowhere else.
    this.#version ||= /@huggingface\/inference\/(\S+)/.exec(own['User-Agent'] ?? '')?.[1] ?? ''
    const headers = new Headers(own)
    for (const [name, value] of Object.entries(this.#settings.headers ?? {})) headers.set(name, value)
    return headers
  }

  /**
   * The SDK asks the hub for the provider's name of the model, once in a process. Calls that begin together ask once,
   * too: the first one, under its own signal; the others wait, and ask in their turn if it failed.
   */
  async #askHub(url: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
    while (this.#asking !== undefined) await orAborted(this.#asking, signal)
    if (this.#mapping === undefined) {
      const { modelName } = this.#settings
      const hint = `The hub was asked which provider serves ${modelName}: check modelName, and for a gated or private model the access of your token (HF_TOKEN).`
      const asked = this.#send(url, { ...init, method: 'GET' }, signal, hint).then((response) => response.text())
      this.#asking = asked.then(
        () => undefined,
        () => undefined,
      )
      try {
        this.#mapping = await asked
      } finally {
        this.#asking = undefined
      }
    }
    return replyOf(this.#mapping)
  }

  async #send(url: string, init: RequestInit, signal: AbortSignal | undefined, hint?: string): Promise<Response> {
    const response = await (this.#settings.fetch ?? this.#pool.fetch)(url, { ...init, signal: signal ?? null })
    if (response.ok) return response
    throw new HuggingFaceHttpError(response, await response.text(), hint)
  }

  /** What the SDK refuses before it sends is a matter of the settings. */
  #explain(error: unknown): unknown {
    const { name, message } = error as Error
    if (name === 'RoutingError')
      return new InsideLLMsError(
        'config',
        `${message} Set provider to the vendor that the key is from, or take a key that begins with hf_.`,
        { cause: error },
      )
    if (name !== 'InputError' && name !== 'HubApiError') return error
    const { modelName, provider } = this.#settings
    const others = providersOf(this.#mapping)
    const hint =
      others === undefined
        ? `https://huggingface.co/${modelName} says who serves it.`
        : others.length === 0
          ? 'Nobody serves it for chats: deploy it, and set endpointUrl.'
          : `It is served by ${others.join(', ')}: set provider to one of them.`
    return new InsideLLMsError('config', `Not to be had from the provider "${provider}": ${message} ${hint}`, {
      cause: error,
    })
  }
}

/** Enough of a `Response` for the SDK, which may read it twice. */
function replyOf(text: string): Response {
  const headers = new Headers({ 'content-type': 'application/json' })
  const json = async (): Promise<unknown> => JSON.parse(text)
  return { ok: true, status: 200, headers, json, text: async () => text } as unknown as Response
}

/** What the SDK reads as its own arguments. As `providerOptions` they are for the server, and it must not see them. */
const reserved = new Set(['accessToken', 'data', 'endpointUrl', 'provider', 'urlTransform'])

function withoutReserved(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !reserved.has(key)))
}

function takeDialect(body: JsonObject, written: JsonObject, ledger: Ledger, provider: string): void {
  for (const [key, value] of Object.entries(body)) {
    if (key === 'messages' || reserved.has(key) || JSON.stringify(written[key]) === JSON.stringify(value)) continue
    const [option = ''] = Object.entries(ledger).find(([, { wire }]) => wire === `/${key}`) ?? []
    const reason = `the SDK writes it so for the provider ${provider}`
    if (key in written) {
      body[key] = written[key]!
      if (option) ledger[option] = { status: 'mapped', wire: `/${key}`, value: body[key], reason }
    } else {
      delete body[key]
      if (option) ledger[option] = { status: 'refused', reason: `the SDK leaves it out for the provider ${provider}` }
    }
  }
}

/** The providers that serve the model for chats, out of the hub's answer; undefined where that is not known. */
function providersOf(mapping: string | undefined): string[] | undefined {
  try {
    const { inferenceProviderMapping: given } = JSON.parse(mapping ?? '') as { inferenceProviderMapping?: object }
    const entries = Array.isArray(given)
      ? (given as { provider: string; task?: string }[])
      : Object.entries(given ?? {}).map(([provider, entry]) => ({ provider, ...(entry as { task?: string }) }))
    return entries.filter(({ task }) => task === 'conversational').map(({ provider }) => provider)
  } catch {
    return undefined
  }
}

/** The vendors behind the router each have their own place for it. */
function readError(text: string): { message?: string; error?: JsonObject } {
  try {
    const body = JSON.parse(text) as { error?: unknown; message?: unknown; detail?: unknown }
    const { error } = body
    if (typeof error === 'object' && error !== null) return { error: error as JsonObject }
    const message = [error, body.message, body.detail].find((given) => typeof given === 'string')
    return message === undefined ? {} : { message }
  } catch {
    return {}
  }
}

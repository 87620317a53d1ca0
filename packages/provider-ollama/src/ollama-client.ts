import { createHttpPool, type HttpPool, type JsonObject, secretsOf } from '@insidellms/core/driver'
import type { Ollama } from 'ollama'

export interface OllamaClientSettings {
  host: string
  apiKey?: string
  headers?: Record<string, string>
  fetch?: typeof fetch
}

/** What a server says of a model and of itself; what it does not answer is unknown. */
export interface OllamaFacts {
  /** SHA-256 of the model's manifest: lowercase hex. */
  digest?: string
  quantization?: string
  /** The window that the model was trained with. */
  contextLength?: number
  version?: string
}

/** A status that is no success, before the SDK prints to the console about it. */
export class OllamaHttpError extends Error {
  readonly status: number
  readonly headers: Headers

  constructor(message: string, status: number, headers: Headers) {
    super(message)
    this.name = 'OllamaHttpError'
    this.status = status
    this.headers = headers
  }
}

/** What the SDK reads in place of the response, which is read here: it has no signal, and it drops lines that are no JSON. */
const standIn = { ok: true, headers: new Headers(), body: {}, json: async () => ({}) } as unknown as Response

/** The SDK, loaded at the first call. It makes the requests; their answers are read by this package. */
export class OllamaClient {
  readonly #settings: OllamaClientSettings
  readonly #pool: HttpPool = createHttpPool()
  #loading: Promise<typeof Ollama> | undefined
  #facts: Promise<OllamaFacts> | undefined

  constructor(settings: OllamaClientSettings) {
    this.#settings = settings
  }

  /** Posts a body, and gives the response unread. */
  async post(api: 'chat' | 'generate', body: JsonObject, signal: AbortSignal | undefined): Promise<Response> {
    let response!: Response
    const client = await this.#client(async (url, init) => {
      response = await this.#send(url, init, signal)
      return standIn
    })
    // The SDK writes into what it is given.
    const request = { ...body } as never
    await (api === 'chat' ? client.chat(request) : client.generate(request))
    return response
  }

  async listModels(): Promise<{ name: string; digest: string }[]> {
    const client = await this.#client((url, init) => this.#send(url, init, undefined))
    return (await client.list()).models
  }

  /** Asked with the first call, once. Older servers and the cloud do not answer it all: that is no error. */
  facts(modelName: string): Promise<OllamaFacts> {
    return (this.#facts ??= this.#askFacts(modelName))
  }

  secrets(): string[] {
    return secretsOf(this.#settings.apiKey, this.#settings.headers)
  }

  async close(): Promise<void> {
    this.#pool.close()
  }

  async #askFacts(modelName: string): Promise<OllamaFacts> {
    const client = await this.#client((url, init) => this.#send(url, init, AbortSignal.timeout(5000)))
    const [shown, listed, version] = await Promise.allSettled([
      client.show({ model: modelName }),
      client.list(),
      client.version(),
    ])
    const facts: OllamaFacts = {}
    if (shown.status === 'fulfilled') {
      const { details, model_info: info } = shown.value
      if (details?.quantization_level) facts.quantization = details.quantization_level
      const [, window] = Object.entries(info ?? {}).find(([name]) => name.endsWith('.context_length')) ?? []
      if (typeof window === 'number') facts.contextLength = window
    }
    if (listed.status === 'fulfilled') {
      const whole = modelName.includes(':') ? modelName : `${modelName}:latest`
      const digest = listed.value.models?.find(({ name }) => name === whole)?.digest
      if (digest) facts.digest = digest.replace('sha256:', '')
    }
    if (version.status === 'fulfilled' && version.value.version) facts.version = version.value.version
    return facts
  }

  async #client(fetch: (url: string, init?: RequestInit) => Promise<Response>): Promise<Ollama> {
    const Client = await (this.#loading ??= import('ollama').then((module) => module.Ollama))
    const { host, apiKey, headers } = this.#settings
    return new Client({
      host,
      headers: { ...(apiKey !== undefined && { Authorization: `Bearer ${apiKey}` }), ...headers },
      fetch: fetch as typeof globalThis.fetch,
    })
  }

  async #send(url: string, init: RequestInit | undefined, signal: AbortSignal | undefined): Promise<Response> {
    const send = this.#settings.fetch ?? this.#pool.fetch
    const response = await send(url, { ...init, signal: signal ?? null })
    if (response.ok) return response
    const text = await response.text()
    throw new OllamaHttpError(errorOf(text) ?? text.slice(0, 500), response.status, response.headers)
  }
}

function errorOf(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: unknown }
    return typeof error === 'string' ? error : error === undefined ? undefined : JSON.stringify(error)
  } catch {
    return undefined
  }
}

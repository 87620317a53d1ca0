import type { ChatMessage } from './chat-message.ts'
import type { PortableOption, PortableOptions } from './generate-options.ts'
import type { InsideLLMsErrorCode } from './insidellms-error.ts'
import type { JsonObject } from './json.ts'
import type { FinishEvent, ModelDelta, ModelEvent } from './model-event.ts'
import type { ModelInfo } from './model-info.ts'
import type { ModelResponse } from './model-response.ts'

/** One call, as a driver sees it: validated, complete, and holding only options that the driver supports. */
export interface ModelRequest {
  messages: ChatMessage[]
  options: Omit<PortableOptions, 'stop'> & { stop?: string[] }
  providerOptions?: JsonObject
  /** Decides about values that the driver finds unsupported while it builds the request. */
  onUnsupported: 'warn' | 'error'
  /** Pass it on to the vendor's SDK: it carries the caller's abort and the timeout. */
  signal?: AbortSignal
  timeoutMs?: number
}

/** What a driver returns. Core adds `text` (from `parts`), `timing`, and ledger entries for what the driver left out. */
export type DriverResponse = Omit<ModelResponse, 'text' | 'ledger' | 'timing'> &
  Partial<Pick<ModelResponse, 'text' | 'ledger' | 'timing'>>

export type DriverEvent = ModelDelta | FinishEvent<DriverResponse>

/** What a driver knows of an error that its SDK or engine threw. Whatever is left out, core works out from the rest. */
export interface ErrorFacts {
  code?: InsideLLMsErrorCode
  message?: string
  status?: number
  headers?: Headers | Record<string, string | string[] | undefined> | undefined
  requestId?: string | undefined
  retryable?: boolean
  /** The next step that mends it, as a sentence. */
  hint?: string
}

/**
 * What a provider author writes: a plain object. `Model` adds everything else.
 *
 * @example
 * ```ts
 * const driver: ModelDriver = {
 *   specVersion: 1,
 *   supports: ['temperature'],
 *   info: () => ({ name: 'echo', provider: 'echo', modelId: 'echo-1', maxTokens: null,
 *     supportsStreaming: false, supportsChat: true, extra: {} }),
 *   respond: async ({ messages }) => ({
 *     parts: [{ type: 'text', text: String(messages.at(-1)?.content) }],
 *     finish: { kind: 'stop', raw: null },
 *     served: { model: 'echo-1' },
 *   }),
 * }
 * ```
 */
export interface ModelDriver {
  specVersion: 1
  /** The portable options that reach the model. Core refuses every other, visibly. */
  supports: readonly PortableOption[]
  /** Synchronous, and no network. */
  info(): ModelInfo
  respond(request: ModelRequest): Promise<DriverResponse>
  /** Deltas, then one `finish`. Without it, a stream is one chunk. */
  events?(request: ModelRequest): AsyncIterable<DriverEvent>
  /** The vendor's live list. */
  listModels?(): Promise<ModelInfo[]>
  /** Tokens that this request's prompt takes, by the vendor's or the engine's own count. */
  countTokens?(request: ModelRequest): Promise<number>
  /** Explains an error of the SDK or engine. Pure; undefined leaves it to core. */
  explainError?(error: unknown): ErrorFacts | undefined
  /** Keys and tokens in use: core removes them from every error. A function, so that no log prints them. */
  secrets?(): string[]
  close?(): Promise<void>
}

/** A driver after core has prepared it: responses are complete, errors are typed, `events` is always there. */
export interface PreparedDriver extends ModelDriver {
  respond(request: ModelRequest): Promise<ModelResponse>
  events(request: ModelRequest): AsyncIterableIterator<ModelEvent>
}

/** Wraps every call of a driver, whatever its shape. */
export type Middleware = (driver: PreparedDriver) => PreparedDriver

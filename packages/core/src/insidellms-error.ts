import type { JsonObject } from './json.ts'

/**
 * | code | what happened | retried |
 * |---|---|---|
 * | `auth` | the key is missing, wrong, or not allowed (401, 403) | no |
 * | `rate_limited` | 429 | yes |
 * | `timeout` | no answer in time (408, or `timeoutMs`) | yes |
 * | `aborted` | the caller's signal, or a `break` out of a stream | no |
 * | `network` | the connection failed before an answer | yes |
 * | `invalid_request` | the request is wrong (400, 413, 422, or a bad argument) | no |
 * | `content_filter` | the vendor refused to answer the input | no |
 * | `context_overflow` | the prompt does not fit the context window | no |
 * | `server` | the vendor failed (5xx, 529, 409) | yes |
 * | `invalid_response` | an answer that cannot be read | no |
 * | `incomplete_stream` | a stream ended without its terminal marker | yes, before the first delta |
 * | `unsupported` | the model or driver cannot do that | no |
 * | `not_found` | no such model, provider or plugin | no |
 * | `duplicate` | the name is taken | no |
 * | `incompatible` | a foreign `apiVersion` or `specVersion` | no |
 * | `load_failed` | a plugin did not load | no |
 * | `config` | a setting is missing or wrong | no |
 */
export type InsideLLMsErrorCode =
  | 'auth'
  | 'rate_limited'
  | 'timeout'
  | 'aborted'
  | 'network'
  | 'invalid_request'
  | 'content_filter'
  | 'context_overflow'
  | 'server'
  | 'invalid_response'
  | 'incomplete_stream'
  | 'unsupported'
  | 'not_found'
  | 'duplicate'
  | 'incompatible'
  | 'load_failed'
  | 'config'

export interface InsideLLMsErrorFields {
  provider?: string | undefined
  modelId?: string | undefined
  /** HTTP status. */
  status?: number | undefined
  requestId?: string | undefined
  retryable?: boolean | undefined
  /** Milliseconds that the vendor asked to wait. */
  retryAfterMs?: number | undefined
  /** Attempts made before giving up. */
  attempts?: number | undefined
  /** What had arrived of a stream that broke. */
  partial?: { text: string } | undefined
  cause?: unknown
}

const brand = Symbol.for('insidellms.error')

const retryableCodes: ReadonlySet<InsideLLMsErrorCode> = new Set([
  'rate_limited',
  'timeout',
  'network',
  'server',
  'incomplete_stream',
])

/** The one error type. `InsideLLMsError.isInstance` and `instanceof` recognise it, across two copies of core too. */
export class InsideLLMsError extends Error {
  readonly code: InsideLLMsErrorCode
  declare readonly provider?: string
  declare readonly modelId?: string
  declare readonly status?: number
  declare readonly requestId?: string
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  declare readonly retryAfterMs?: number
  declare readonly attempts?: number
  declare readonly partial?: { text: string }

  constructor(code: InsideLLMsErrorCode, message: string, fields: InsideLLMsErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause })
    this.name = 'InsideLLMsError'
    this.code = code
    this.retryable = fields.retryable ?? retryableCodes.has(code)
    if (fields.provider !== undefined) this.provider = fields.provider
    if (fields.modelId !== undefined) this.modelId = fields.modelId
    if (fields.status !== undefined) this.status = fields.status
    if (fields.requestId !== undefined) this.requestId = fields.requestId
    if (fields.retryAfterMs !== undefined) this.retryAfterMs = fields.retryAfterMs
    if (fields.attempts !== undefined) this.attempts = fields.attempts
    if (fields.partial !== undefined) this.partial = fields.partial
    Object.defineProperty(this, brand, { value: true })
  }

  static isInstance(value: unknown): value is InsideLLMsError {
    return isBranded(value)
  }

  /** A subclass of somebody's own keeps the usual meaning of `instanceof`. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === InsideLLMsError ? isBranded(value) : Function.prototype[Symbol.hasInstance].call(this, value)
  }

  /** Everything but the stack and the cause, so that a log or an artifact can hold it. */
  toJSON(): JsonObject {
    const json: JsonObject = { name: this.name, code: this.code, message: this.message, retryable: this.retryable }
    if (this.provider !== undefined) json['provider'] = this.provider
    if (this.modelId !== undefined) json['modelId'] = this.modelId
    if (this.status !== undefined) json['status'] = this.status
    if (this.requestId !== undefined) json['requestId'] = this.requestId
    if (this.retryAfterMs !== undefined) json['retryAfterMs'] = this.retryAfterMs
    if (this.attempts !== undefined) json['attempts'] = this.attempts
    if (this.partial !== undefined) json['partial'] = { text: this.partial.text }
    return json
  }
}

function isBranded(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true
}

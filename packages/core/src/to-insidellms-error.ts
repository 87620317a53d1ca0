import { type InsideLLMsErrorCode, InsideLLMsError } from './insidellms-error.ts'
import type { ErrorFacts, ModelDriver } from './model-driver.ts'
import { redactText } from './redact-text.ts'
import { parseRetryAfter } from './retry-after.ts'

/** Makes the one error type of whatever a driver, an SDK, `fetch` or the runtime threw. Never leaks a key. */
export function toInsideLLMsError(error: unknown, driver: ModelDriver, partialText?: string): InsideLLMsError {
  const { provider, modelId } = driver.info()
  const secrets = driver.secrets?.() ?? []
  if (InsideLLMsError.isInstance(error)) {
    const incomplete =
      error.provider === undefined ||
      (partialText !== undefined && error.partial === undefined) ||
      hasSecret(error, secrets)
    if (!incomplete) return error
    const where = error.provider === undefined ? `${modelId ? `${provider} ${modelId}` : provider}: ` : ''
    return new InsideLLMsError(error.code, where + redactText(error.message, secrets), {
      ...error,
      provider: error.provider ?? provider,
      modelId: error.modelId ?? modelId,
      partial: error.partial ?? (partialText === undefined ? undefined : { text: partialText }),
      cause: cleanCause(error.cause, secrets),
    })
  }
  const facts = driver.explainError?.(error) ?? genericFacts(error)
  const header = headerReader(facts.headers)
  const status = facts.status
  const code = facts.code ?? codeOfStatus(status) ?? codeOfCause(error)
  const what = redactText(facts.message ?? messageOf(error), secrets).trim()
  const subject = modelId ? `${provider} ${modelId}` : provider
  const text = `${subject}: ${status === undefined || what.startsWith(String(status)) ? '' : `${status} `}${sentence(what)} ${facts.hint ?? hintFor(code)}`
  return new InsideLLMsError(code, text.trim(), {
    provider,
    modelId,
    status,
    requestId: facts.requestId ?? header('x-request-id') ?? header('request-id') ?? undefined,
    retryable: facts.retryable,
    retryAfterMs: parseRetryAfter(header),
    partial: partialText === undefined ? undefined : { text: partialText },
    cause: cleanCause(error, secrets),
  })
}

/** The code that an HTTP error status means at every vendor; undefined for a status that is no error. */
export function codeOfStatus(status: number | undefined): InsideLLMsErrorCode | undefined {
  if (status === undefined || status < 400) return undefined
  if (status === 401 || status === 403) return 'auth'
  if (status === 404) return 'not_found'
  if (status === 408) return 'timeout'
  if (status === 409) return 'server'
  if (status === 429) return 'rate_limited'
  return status < 500 ? 'invalid_request' : 'server'
}

function codeOfCause(error: unknown): InsideLLMsErrorCode {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (cause.name === 'TimeoutError') return 'timeout'
    if (cause.name === 'AbortError') return 'aborted'
    if (cause instanceof SyntaxError) return 'invalid_response'
    const code = (cause as { code?: unknown }).code
    if (
      typeof code === 'string' &&
      /^(E[A-Z]+|UND_ERR_\w+|ERR_(SSL|TLS|HTTP2|STREAM_PREMATURE_CLOSE)\w*|HPE_\w+)$/.test(code)
    )
      return code === 'ETIMEDOUT' || code.endsWith('_TIMEOUT') ? 'timeout' : 'network'
    if (/fetch failed|socket hang up|terminated|connection error/i.test(cause.message)) return 'network'
  }
  return 'invalid_response'
}

function hintFor(code: InsideLLMsErrorCode): string {
  switch (code) {
    case 'auth':
      return 'Check the API key and what it may use.'
    case 'rate_limited':
      return 'Lower the concurrency, add rateLimit(), or wait.'
    case 'timeout':
      return 'Raise timeoutMs, or ask for fewer tokens.'
    case 'network':
      return 'Check the network, the proxy and the base URL.'
    case 'context_overflow':
      return 'Shorten the prompt, or take a model with a larger window.'
    case 'not_found':
      return 'Check the model name; listModels() has those that this key can use.'
    default:
      return ''
  }
}

function genericFacts(error: unknown): ErrorFacts {
  const { status } = (error ?? {}) as { status?: unknown }
  return typeof status === 'number' ? { status } : {}
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : 'an unknown failure'
  // fetch says only "fetch failed" and keeps the reason in its cause.
  const inner = error.cause instanceof Error && error.cause.message ? ` (${error.cause.message})` : ''
  return `${error.message || error.name}${error.message.includes(inner.slice(2, -1)) ? '' : inner}`
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

function headerReader(headers: ErrorFacts['headers']): (name: string) => string | undefined {
  if (headers === undefined) return () => undefined
  if (typeof (headers as Headers).get === 'function') return (name) => (headers as Headers).get(name) ?? undefined
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return (name) => {
    const value = lower.get(name)
    return Array.isArray(value) ? value[0] : value
  }
}

function hasSecret(error: Error, secrets: readonly string[]): boolean {
  return redactText(error.message, secrets) !== error.message || cleanCause(error.cause, secrets) !== error.cause
}

/** The cause itself where it is clean; else a copy that has only its name and its redacted message. */
function cleanCause(cause: unknown, secrets: readonly string[]): unknown {
  if (secrets.length === 0 || cause === undefined) return cause
  const seen = new Set<unknown>()
  const dirty = (value: unknown, depth: number): boolean => {
    if (typeof value === 'string') return redactText(value, secrets) !== value
    if (typeof value !== 'object' || value === null || depth > 6 || seen.has(value)) return false
    seen.add(value)
    if (value instanceof Headers) return [...value].some(([, text]) => dirty(text, depth + 1))
    return Reflect.ownKeys(value).some((key) => {
      const property = Reflect.getOwnPropertyDescriptor(value, key)
      return property !== undefined && 'value' in property && dirty(property.value, depth + 1)
    })
  }
  if (!dirty(cause, 0)) return cause
  const copy = new Error(redactText(messageOf(cause), secrets))
  copy.name = cause instanceof Error ? cause.name : 'Error'
  return copy
}

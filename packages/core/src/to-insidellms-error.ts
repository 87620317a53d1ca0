import { cleanCause } from './clean-cause.ts'
import { type InsideLLMsErrorCode, InsideLLMsError } from './insidellms-error.ts'
import type { ErrorFacts, ModelDriver } from './model-driver.ts'
import { redactText } from './redact-text.ts'
import { parseRetryAfter } from './retry-after.ts'
import { sentence } from './sentence.ts'

/**
 * Makes the one error type of whatever a driver, an SDK, `fetch` or the runtime threw. Never leaks a key.
 *
 * @param partial What had arrived of the stream, once a delta had: a broken connection then is an incomplete stream.
 */
export function toInsideLLMsError(error: unknown, driver: ModelDriver, partial?: { text: string }): InsideLLMsError {
  const secrets = driver.secrets?.() ?? []
  const ours = InsideLLMsError.isInstance(error) ? located(error, driver, secrets) : translated(error, driver, secrets)
  const broken = partial !== undefined && ours.code === 'network'
  const added = {
    attempts: ours.attempts ?? 1,
    ...(broken && {
      code: 'incomplete_stream',
      message: `${ours.message} The answer broke off before its end: ask again.`,
    }),
    ...((partial !== undefined || ours.code === 'incomplete_stream') && {
      partial: ours.partial ?? partial ?? { text: '' },
    }),
  }
  return Object.assign(ours, added)
}

/** An error that is ours already, with the provider's name and without its keys. */
function located(error: InsideLLMsError, driver: ModelDriver, secrets: readonly string[]): InsideLLMsError {
  const message = redactText(error.message, secrets)
  const cause = cleanCause(error.cause, secrets)
  if (error.provider !== undefined && message === error.message && cause === error.cause) return error
  const { provider, modelId } = driver.info()
  const where = error.provider === undefined ? `${subjectOf(provider, modelId)}: ` : ''
  return new InsideLLMsError(error.code, where + message, {
    ...error,
    provider: error.provider ?? provider,
    modelId: error.modelId ?? modelId,
    cause,
  })
}

function translated(error: unknown, driver: ModelDriver, secrets: readonly string[]): InsideLLMsError {
  const { provider, modelId } = driver.info()
  const facts = explained(error, driver)
  const { status } = facts
  const header = headerReader(facts.headers)
  const code = facts.code ?? codeOfStatus(status) ?? codeOfCause(error)
  const what = clipped(redactText(facts.message ?? messageOf(error), secrets).trim())
  const number = status === undefined || what.startsWith(String(status)) ? '' : `${status} `
  const text = `${subjectOf(provider, modelId)}: ${number}${sentence(what)} ${facts.hint ?? hintFor(code)}`
  return new InsideLLMsError(code, text.trim(), {
    provider,
    modelId,
    status,
    requestId: facts.requestId ?? header('x-request-id') ?? header('request-id') ?? undefined,
    retryable: facts.retryable,
    retryAfterMs: parseRetryAfter(header),
    cause: cleanCause(error, secrets),
  })
}

/** A driver that fails to explain an error must not hide it. */
function explained(error: unknown, driver: ModelDriver): ErrorFacts {
  try {
    return driver.explainError?.(error) ?? genericFacts(error)
  } catch {
    return genericFacts(error)
  }
}

function subjectOf(provider: string, modelId: string): string {
  return modelId && modelId !== provider ? `${provider} ${modelId}` : provider
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

/** Of sockets and DNS (but not of files), undici, TLS, HTTP parsing. */
const networkCodes =
  /^(E(?!RR_|NOENT|ACCES|PERM|ISDIR|NOTDIR|MFILE)[A-Z_]+|UND_ERR_\w+|ERR_(SSL|TLS|HTTP2|STREAM_PREMATURE_CLOSE)\w*|HPE_\w+|CERT_\w+|\w*SELF_SIGNED_CERT\w*|UNABLE_TO_\w+)$/

/** What `fetch` says without a code: Node, Deno, Chrome, Firefox and Safari, in this order; then sockets and SDKs. */
const networkMessages =
  /fetch failed|error sending request|failed to fetch|networkerror when|load failed|socket hang up|terminated|connection error/i

function codeOfCause(error: unknown): InsideLLMsErrorCode {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (cause.name === 'TimeoutError') return 'timeout'
    if (cause.name === 'AbortError') return 'aborted'
    if (cause instanceof SyntaxError) return 'invalid_response'
    const code = (cause as { code?: unknown }).code
    if (typeof code === 'string' && networkCodes.test(code))
      return code === 'ETIMEDOUT' || code.endsWith('_TIMEOUT') ? 'timeout' : 'network'
    if (networkMessages.test(cause.message)) return 'network'
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
    case 'server':
      return 'The vendor failed: try again later.'
    case 'invalid_request':
      return 'Change what the vendor names.'
    case 'invalid_response':
      return 'Check the base URL; if it is right, this is for the author of the driver.'
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

/** Proxies answer with whole HTML pages. */
function clipped(text: string): string {
  return text.length > 1000 ? `${text.slice(0, 1000)}…` : text
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

import { InsideLLMsError, type InsideLLMsErrorCode } from '../insidellms-error.ts'
import type { ErrorFacts } from '../model-driver.ts'
import { codeOfStatus } from '../to-insidellms-error.ts'

/** The `error` object of OpenAI's and most compatible servers' failures, in a body or inside a stream. */
export interface ChatErrorBody {
  message?: unknown
  type?: unknown
  code?: unknown
  param?: unknown
  metadata?: unknown
}

/** The shape of the OpenAI SDK's `APIError`. */
interface SdkError {
  status?: unknown
  headers?: Headers
  requestID?: string | null
  error?: ChatErrorBody
}

const codes: Readonly<Record<string, InsideLLMsErrorCode>> = {
  context_length_exceeded: 'context_overflow',
  string_above_max_length: 'context_overflow',
  content_filter: 'content_filter',
  content_policy_violation: 'content_filter',
  rate_limit_exceeded: 'rate_limited',
  insufficient_quota: 'rate_limited',
  invalid_api_key: 'auth',
  model_not_found: 'not_found',
  server_error: 'server',
  overloaded_error: 'server',
  engine_overloaded: 'server',
  invalid_request_error: 'invalid_request',
}

/**
 * Servers that speak chat completions say in words that a prompt is too long: OpenAI ("maximum context length is"),
 * llama.cpp ("exceeds the available context size"), vLLM and LM Studio ("maximum model length", "context length").
 */
const overflowWords =
  /maximum context length|context[_ ]length[_ ]exceeded|exceeds? the (available )?context|context (window|length|size) (of|exceeded|is)|maximum model length|max_model_len|prompt is too long|too many tokens/i

/** Runtimes tell of a connection that timed out in words, or as an abort; an abort of the caller's never comes here. */
function isTimeout(error: Error): boolean {
  // The message of a SyntaxError quotes the answer.
  if (error instanceof SyntaxError) return false
  return error.name === 'AbortError' || /timed? ?out/i.test(`${error.message} ${String(error.cause)}`)
}

/** Explains an error of the OpenAI SDK or of `fetch`; undefined for one that core knows as well. */
export function explainChatError(error: unknown): ErrorFacts | undefined {
  const { status, headers, requestID, error: body } = (error ?? {}) as SdkError
  if (!(error instanceof Error)) return undefined
  if (status === undefined && isTimeout(error)) return { code: 'timeout', message: 'the connection timed out' }
  if (typeof status !== 'number') return undefined
  const message = typeof body?.message === 'string' ? body.message : error.message
  const code = codeOfBody(body, message, status)
  return {
    status,
    message: message.slice(0, 1000),
    ...(code !== undefined && { code }),
    ...(headers !== undefined && { headers }),
    ...(requestID && { requestId: requestID }),
    ...quota(body, status),
  }
}

/** The error that a stream brings after HTTP 200. Its `code` is a word, or an HTTP status (OpenRouter, vLLM). */
export function streamError(given: unknown): InsideLLMsError {
  const body: ChatErrorBody = typeof given === 'object' && given !== null ? given : { message: given }
  const message = typeof body.message === 'string' ? body.message : JSON.stringify(given)
  const status = typeof body.code === 'number' ? body.code : undefined
  const { retryable } = quota(body, status)
  return new InsideLLMsError(
    codeOfBody(body, message, status) ?? codeOfStatus(status) ?? 'server',
    `The stream brought an error: ${message}`,
    {
      ...(status !== undefined && { status }),
      ...(retryable !== undefined && { retryable }),
    },
  )
}

function codeOfBody(
  body: ChatErrorBody | undefined,
  message: string,
  status: number | undefined,
): InsideLLMsErrorCode | undefined {
  const mayBeLong = status === undefined || status === 400 || status === 413 || status === 422 || status === 500
  if (mayBeLong && overflowWords.test(message)) return 'context_overflow'
  for (const word of [body?.code, body?.type])
    if (typeof word === 'string' && Object.hasOwn(codes, word)) {
      const code = codes[word]
      // "invalid_request_error" is the type of a 401 and of a 404 too: there the status says more.
      if (code !== 'invalid_request' || status === undefined) return code
    }
  return undefined
}

/** An empty account answers 429 like a full minute does (OpenAI), or 402 (OpenRouter, DeepSeek), but no wait mends it. */
function quota(
  body: ChatErrorBody | undefined,
  status: number | undefined,
): Pick<ErrorFacts, 'code' | 'retryable' | 'hint'> {
  return status === 402 || body?.code === 'insufficient_quota' || body?.type === 'insufficient_quota'
    ? { code: 'rate_limited', retryable: false, hint: "The account's quota is used up: check its plan and billing." }
    : {}
}

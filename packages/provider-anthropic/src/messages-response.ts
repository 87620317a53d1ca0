import {
  codeOfStatus,
  type DriverResponse,
  type ErrorFacts,
  type FinishKind,
  finishOf,
  InsideLLMsError,
  type InsideLLMsErrorCode,
  type JsonObject,
  type ResponsePart,
  type Usage,
  usageOf,
} from '@insidellms/core/driver'

/** What is read of a message. Everything may be missing or null; all stays in `raw`. */
export interface MessageBody {
  type?: string | null
  id?: string | null
  model?: string | null
  content?: ContentBlock[] | null
  stop_reason?: string | null
  stop_details?: JsonObject | null
  usage?: MessageUsage | null
  error?: MessageError | null
}

export interface ContentBlock {
  type?: string
  text?: string | null
  thinking?: string | null
  citations?: JsonObject[] | null
  id?: string | null
  name?: string | null
  /** A text where a stream gave it piece by piece: it may be no JSON. */
  input?: unknown
  [field: string]: unknown
}

export interface MessageUsage {
  input_tokens?: number | null
  output_tokens?: number | null
  cache_read_input_tokens?: number | null
  cache_creation_input_tokens?: number | null
  output_tokens_details?: { thinking_tokens?: number | null } | null
  iterations?: { type?: string; model?: string | null }[] | null
}

interface MessageError {
  type?: unknown
  message?: unknown
  details?: { error_code?: unknown } | null
}

/**
 * Reads a message.
 *
 * @throws {InsideLLMsError} the vendor's error where the body is one, `invalid_response` when there is no content.
 */
export function readMessage(body: MessageBody): Pick<DriverResponse, 'parts' | 'finish' | 'usage' | 'served'> {
  if (body.error && !body.content) throw errorInBody(body.error)
  if (!Array.isArray(body.content))
    throw new InsideLLMsError('invalid_response', 'The answer has no content, so there is nothing to read. Ask again.')
  const parts = body.content.map(readBlock)
  // Why the model declined: no block of the answer, and nowhere else in a response.
  if (body.stop_details) parts.push({ type: 'other', kind: 'stop_details', data: body.stop_details })
  const usage = readUsage(body.usage)
  // A stream names the model that was asked at its start; a fallback that took over shows only here.
  const fallback = body.usage?.iterations?.findLast(({ type }) => type === 'fallback_message')
  const model = fallback?.model ?? body.model
  return {
    parts,
    finish: finishOf(body.stop_reason, finishKinds),
    ...(usage !== undefined && { usage }),
    served: { ...(model && { model }), ...(body.id && { responseId: body.id }) },
  }
}

function readBlock(block: ContentBlock, index: number): ResponsePart {
  switch (block.type) {
    case 'text': {
      const { type: _, text, citations, ...rest } = block
      return {
        type: 'text',
        text: text ?? '',
        ...(citations?.length && { annotations: citations }),
        ...metadata(rest),
      }
    }
    case 'thinking': {
      const { thinking, ...rest } = block
      return { type: 'reasoning', text: thinking ?? '', ...metadata(rest) }
    }
    case 'redacted_thinking':
      return { type: 'reasoning', text: '', ...metadata(block) }
    case 'tool_use': {
      const { type: _, id, name, input, ...rest } = block
      return {
        type: 'tool-call',
        id: id || `call_${index}`,
        name: name ?? '',
        arguments: argumentsOf(input),
        ...metadata(rest),
      }
    }
    default:
      return { type: 'other', kind: block.type ?? 'unknown', data: block as JsonObject }
  }
}

/** The fields that have no portable place; they go back with the part. */
function metadata(fields: Record<string, unknown>): { providerMetadata?: JsonObject } {
  return Object.keys(fields).length > 0 ? { providerMetadata: { anthropic: fields as JsonObject } } : {}
}

export function argumentsOf(input: unknown): string {
  return typeof input === 'string' ? input : JSON.stringify(input ?? {})
}

const finishKinds: Readonly<Record<string, FinishKind>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  pause_turn: 'pause',
  compaction: 'pause',
  refusal: 'refusal',
}

function readUsage(usage: MessageUsage | null | undefined): Usage | undefined {
  if (!usage) return undefined
  const { cache_read_input_tokens: cached, cache_creation_input_tokens: written } = usage
  return usageOf(usage, {
    // The vendor's own figure leaves out what the cache had to do with.
    inputTokens:
      typeof usage.input_tokens === 'number' ? usage.input_tokens + (cached ?? 0) + (written ?? 0) : undefined,
    outputTokens: usage.output_tokens,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    reasoningTokens: usage.output_tokens_details?.thinking_tokens,
  })
}

/** Source: https://platform.claude.com/docs/en/api/errors */
const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  permission_error: 403,
  not_found_error: 404,
  conflict_error: 409,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
}

const overflowWords = /prompt is too long|exceeds? (the )?context (limit|window)|maximum context length/i
const filterWords = /blocked by content filtering/i
const quotaWords = /credit balance is too low|spend_limit_reached|billing_error/

/** Explains an error of the SDK; undefined for one that has no answer of the vendor behind it. */
export function explainAnthropicError(error: unknown): ErrorFacts | undefined {
  if (!(error instanceof Error)) return undefined
  // The SDK keeps no cause with it, and its name is no `TimeoutError`.
  if (error.name === 'APIConnectionTimeoutError') return { code: 'timeout', message: 'the connection timed out' }
  const { status, headers, error: body } = error as { status?: unknown; headers?: Headers; error?: AnthropicErrorBody }
  if (typeof status !== 'number') return undefined
  const inner = body?.error ?? undefined
  const requestId = headers?.get('request-id') ?? body?.request_id
  return {
    status,
    message: typeof inner?.message === 'string' ? inner.message : error.message,
    ...(headers !== undefined && { headers }),
    ...(requestId && { requestId }),
    // The vendor says of some errors that would pass elsewhere that they will not.
    ...(headers?.get('x-should-retry') === 'false' && { retryable: false }),
    ...meaningOf(inner),
  }
}

interface AnthropicErrorBody {
  error?: MessageError | null
  request_id?: string | null
}

/** The error that a stream, or a body, brings after HTTP 200. */
export function errorInBody(error: MessageError | null | undefined): InsideLLMsError {
  const { type, message } = error ?? {}
  const said = typeof message === 'string' ? message : JSON.stringify(error ?? null)
  const { code, retryable, hint } = meaningOf(error ?? undefined)
  const status = typeof type === 'string' && Object.hasOwn(statuses, type) ? statuses[type] : undefined
  return new InsideLLMsError(
    code ?? codeOfStatus(status) ?? 'server',
    `The answer brought an error: ${[type, said].filter(Boolean).join(': ')}${hint === undefined ? '' : `. ${hint}`}`,
    { retryable },
  )
}

/** What the status alone does not say. */
function meaningOf(error: MessageError | undefined): {
  code?: InsideLLMsErrorCode
  retryable?: boolean
  hint?: string
} {
  if (typeof error?.message === 'string') {
    if (overflowWords.test(error.message)) return { code: 'context_overflow' }
    if (filterWords.test(error.message)) return { code: 'content_filter' }
  }
  // An empty account answers 400, 402 or 429, and no wait mends it.
  if (quotaWords.test([error?.type, error?.message, error?.details?.error_code].join(' ')))
    return {
      code: 'rate_limited',
      retryable: false,
      hint: "The account's credit or its spend limit is used up: check its billing.",
    }
  return {}
}

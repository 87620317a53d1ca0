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
  type TokenLogprob,
  type Usage,
  usageOf,
} from '@insidellms/core/driver'

/** What is read of an answer. Everything may be missing or null; all stays in `raw`. */
export interface ChatBody {
  id?: string | null
  /** A text in place of an answer is an error. */
  message?: ChatAnswer | string | null
  finish_reason?: string | null
  usage?: ChatUsage | null
  logprobs?: LogprobItem[] | null
}

export interface ChatAnswer {
  role?: string | null
  content?: ContentBlock[] | string | null
  /** What the model thinks before it calls tools. */
  tool_plan?: string | null
  tool_calls?: ToolCall[] | null
  citations?: JsonObject[] | null
}

export interface ContentBlock {
  type?: string
  text?: string | null
  thinking?: string | null
  [field: string]: unknown
}

export interface ToolCall {
  id?: string | null
  type?: string | null
  function?: { name?: string | null; arguments?: string | null } | null
}

export interface LogprobItem {
  text?: string | null
  logprobs?: number[] | null
}

interface ChatUsage {
  tokens?: { input_tokens?: number | null; output_tokens?: number | null; reasoning_tokens?: number | null } | null
  cached_tokens?: number | null
}

/**
 * Reads an answer of the v2 chat API.
 *
 * @throws {InsideLLMsError} the vendor's error where the body is one, `invalid_response` when there is no message.
 */
export function readChat(body: ChatBody): Pick<DriverResponse, 'parts' | 'finish' | 'usage' | 'logprobs' | 'served'> {
  const { message, id } = body
  if (typeof message === 'string') throw errorInBody(message)
  if (typeof message !== 'object' || message === null)
    throw new InsideLLMsError('invalid_response', 'The answer has no message, so there is nothing to read. Ask again.')
  const usage = readUsage(body.usage)
  return {
    parts: readParts(message),
    finish: finishOf(body.finish_reason, finishKinds),
    ...(usage !== undefined && { usage }),
    ...(body.logprobs?.length && { logprobs: body.logprobs.flatMap(readLogprobs) }),
    // The API does not say which model answered.
    served: id ? { responseId: id } : {},
  }
}

function readParts({ content, tool_plan: toolPlan, tool_calls: calls, citations }: ChatAnswer): ResponsePart[] {
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? [])
  const plan: ResponsePart | undefined = toolPlan
    ? { type: 'reasoning', text: toolPlan, providerMetadata: { cohere: { type: 'tool_plan' } } }
    : undefined
  const said = blocks.map(readBlock)
  const homeless = (citations ?? []).filter((citation) => !attach(citation, plan, said))
  return [
    ...(plan === undefined ? [] : [plan]),
    // A stream may leave holes.
    ...said.filter(Boolean),
    ...(calls ?? []).map(readToolCall),
    ...homeless.map((data): ResponsePart => ({ type: 'other', kind: 'citation', data })),
  ]
}

function readBlock(block: ContentBlock): ResponsePart {
  const { type, text, thinking, ...rest } = block
  const more = Object.keys(rest).length > 0
  if (type === 'text')
    return { type: 'text', text: text ?? '', ...(more && { providerMetadata: { cohere: rest as JsonObject } }) }
  if (type === 'thinking')
    return { type: 'reasoning', text: thinking ?? '', providerMetadata: { cohere: { type, ...(rest as JsonObject) } } }
  return { type: 'other', kind: type ?? 'unknown', data: block as JsonObject }
}

function readToolCall({ id, function: called }: ToolCall, index: number): ResponsePart {
  const { name, arguments: text } = called ?? {}
  return { type: 'tool-call', id: id || `call_${index}`, name: name ?? '', arguments: text ?? '' }
}

/** Puts a citation to the part that it is about; false where there is none. */
function attach(citation: JsonObject, plan: ResponsePart | undefined, said: (ResponsePart | undefined)[]): boolean {
  const { type, content_index: index } = citation
  const named = type === 'PLAN' ? plan : said[typeof index === 'number' ? index : -1]
  const part = named ?? (type === 'PLAN' ? undefined : said.find((other) => other?.type === 'text'))
  if (part?.type === 'text') (part.annotations ??= []).push(citation)
  else if (part?.type === 'reasoning') {
    const own = part.providerMetadata?.['cohere'] as JsonObject & { citations?: JsonObject[] }
    ;(own.citations ??= []).push(citation)
  } else return false
  return true
}

const finishKinds: Readonly<Record<string, FinishKind>> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool-calls',
}

/** `tokens` is what the model read and wrote; `billed_units` leaves out the vendor's own part of the prompt. */
function readUsage(usage: ChatUsage | null | undefined): Usage | undefined {
  if (!usage) return undefined
  return usageOf(usage, {
    inputTokens: usage.tokens?.input_tokens,
    outputTokens: usage.tokens?.output_tokens,
    reasoningTokens: usage.tokens?.reasoning_tokens,
    cachedInputTokens: usage.cached_tokens,
  })
}

/** One text may stand for several tokens. It goes to the first of them, so that texts and figures still add up. */
function readLogprobs({ text, logprobs }: LogprobItem): TokenLogprob[] {
  return (logprobs ?? []).map((logprob, index) => ({ token: index === 0 ? (text ?? '') : '', logprob }))
}

/** A `max_tokens` above the model's limit is called "too many tokens" as well, and is no matter of the prompt. */
const overflowWords = /too many tokens(?!: max tokens must)|context length/i

interface CohereErrorBody {
  id?: unknown
  message?: unknown
}

/** Explains an error of the SDK; undefined for one that has no answer of the vendor behind it. */
export function explainCohereError(error: unknown): ErrorFacts | undefined {
  if (!(error instanceof Error)) return undefined
  const { statusCode, body, rawResponse } = error as {
    statusCode?: unknown
    body?: CohereErrorBody | string | null
    rawResponse?: { headers?: Headers }
  }
  if (typeof statusCode !== 'number') return undefined
  const said = typeof body === 'object' ? body?.message : body
  const message = typeof said === 'string' && said !== '' ? said : JSON.stringify(body ?? 'no body')
  const headers = rawResponse?.headers
  const id = headers?.get('x-debug-trace-id') ?? (typeof body === 'object' ? body?.id : undefined)
  return {
    status: statusCode,
    message,
    ...(headers !== undefined && { headers }),
    ...(typeof id === 'string' && id !== '' && { requestId: id }),
    ...meaningOf(message, statusCode),
  }
}

/** The error that a stream, or a body, brings after HTTP 200. */
export function errorInBody(message: string): InsideLLMsError {
  const { code, retryable } = meaningOf(message)
  return new InsideLLMsError(code ?? 'server', `The answer brought an error: ${message}`, { retryable })
}

/** What the status alone does not say. Source: https://docs.cohere.com/reference/errors */
function meaningOf(
  message: string,
  status?: number,
): { code?: InsideLLMsErrorCode; retryable?: boolean; hint?: string } {
  if (overflowWords.test(message) && (status === undefined || codeOfStatus(status) === 'invalid_request'))
    return { code: 'context_overflow' }
  // 498: the request or the answer has a word of the deny list.
  if (status === 498) return { code: 'content_filter' }
  if (status === 402 || /calls \/ month/.test(message))
    return { code: 'rate_limited', retryable: false, hint: 'The account has used up its calls: check its billing.' }
  return {}
}

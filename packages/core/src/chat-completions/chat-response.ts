import type { ResponsePart } from '../chat-message.ts'
import { finishOf } from '../finish-of.ts'
import { InsideLLMsError } from '../insidellms-error.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import type { DriverResponse } from '../model-driver.ts'
import type { Finish, FinishKind, Served, TokenLogprob, Usage } from '../model-response.ts'
import { usageOf } from '../usage-of.ts'

/** What is read of a chat completion. Everything may be missing or null: servers differ, and all stays in `raw`. */
export interface ChatCompletion {
  id?: string | null
  model?: string | null
  system_fingerprint?: string | null
  choices?: ChatChoice[] | null
  usage?: ChatUsage | null
  /** OpenRouter's and some routers' name of the upstream. */
  provider?: string | null
  prompt_logprobs?: JsonValue
}

export interface ChatChoice {
  index?: number | null
  message?: ChatAnswer | null
  finish_reason?: string | null
  native_finish_reason?: string | null
  logprobs?: { content?: ChatLogprob[] | null; refusal?: ChatLogprob[] | null } | null
}

export interface ChatAnswer {
  content?: string | JsonObject[] | null
  refusal?: string | null
  reasoning?: string | null
  reasoning_content?: string | null
  reasoning_details?: JsonValue[] | null
  tool_calls?: ChatToolCall[] | null
  function_call?: { name?: string; arguments?: string } | null
  annotations?: JsonObject[] | null
  audio?: JsonObject | null
  images?: JsonObject[] | null
}

export interface ChatToolCall {
  /** A number at old servers (TGI). */
  id?: string | number | null
  type?: string | null
  function?: { name?: string | null; arguments?: string | JsonObject | null } | null
  [key: string]: unknown
}

interface ChatLogprob {
  token: string
  logprob: number
  bytes?: number[] | null
  top_logprobs?: ChatLogprob[] | null
}

interface ChatUsage {
  prompt_tokens?: number | null
  completion_tokens?: number | null
  total_tokens?: number | null
  prompt_tokens_details?: { cached_tokens?: number | null; cache_write_tokens?: number | null } | null
  completion_tokens_details?: { reasoning_tokens?: number | null } | null
}

export type ChatAnswerParts = Pick<DriverResponse, 'parts' | 'finish' | 'usage' | 'logprobs' | 'served'>

/**
 * Reads the first choice of a chat completion; further ones (`providerOptions.n`) stay in `raw`.
 *
 * @throws {InsideLLMsError} `invalid_response` when there is no choice.
 */
export function readChatCompletion(completion: ChatCompletion): ChatAnswerParts {
  const choice = completion.choices?.find(({ index }) => (index ?? 0) === 0)
  if (choice === undefined)
    throw new InsideLLMsError('invalid_response', 'The answer has no choices, so there is nothing to read. Ask again.')
  const parts = readParts(choice.message ?? {})
  const usage = readUsage(completion.usage)
  const logprobs = readLogprobs(choice.logprobs)
  return {
    parts,
    finish: readFinish(choice.finish_reason, parts),
    ...(usage !== undefined && { usage }),
    ...(logprobs !== undefined && { logprobs }),
    served: readServed(completion),
  }
}

function readParts(answer: ChatAnswer): ResponsePart[] {
  const parts: ResponsePart[] = []
  const reasoning = answer.reasoning_content ?? answer.reasoning
  const details = answer.reasoning_details
  if (reasoning || details?.length)
    parts.push({
      type: 'reasoning',
      text: reasoning ?? '',
      ...(details?.length && { providerMetadata: { reasoning_details: details } }),
    })
  if (typeof answer.content === 'string') {
    const { annotations } = answer
    if (answer.content !== '' || annotations?.length)
      parts.push({ type: 'text', text: answer.content, ...(annotations?.length && { annotations }) })
  } else for (const block of answer.content ?? []) parts.push(readBlock(block))
  if (answer.refusal) parts.push({ type: 'refusal', text: answer.refusal })
  // Streams of some servers count from 1: the filter closes the gap.
  const calls = (answer.tool_calls ?? []).filter(Boolean)
  for (const [index, call] of calls.entries()) parts.push(readToolCall(call, index))
  const legacy = answer.function_call
  if (legacy)
    parts.push({ type: 'tool-call', id: 'call_0', name: legacy.name ?? '', arguments: legacy.arguments ?? '' })
  if (answer.audio) parts.push({ type: 'other', kind: 'audio', data: answer.audio })
  for (const image of answer.images ?? []) parts.push({ type: 'other', kind: 'image', data: image })
  return parts
}

/** Some servers (Mistral's reasoning models) answer in a list of blocks. */
function readBlock(block: JsonObject): ResponsePart {
  const { type, text, thinking } = block
  if (type === 'text' && typeof text === 'string') return { type: 'text', text }
  if (type === 'thinking' && Array.isArray(thinking))
    return { type: 'reasoning', text: thinking.map((piece) => String((piece as JsonObject)['text'] ?? '')).join('') }
  return { type: 'other', kind: typeof type === 'string' ? type : 'unknown', data: block }
}

function readToolCall(call: ChatToolCall, index: number): ResponsePart {
  if (call.function) {
    const { name, arguments: given } = call.function
    const text = typeof given === 'string' ? given : given ? JSON.stringify(given) : ''
    return {
      type: 'tool-call',
      id: call.id == null || call.id === '' ? `call_${index}` : String(call.id),
      name: name ?? '',
      arguments: text,
    }
  }
  return { type: 'other', kind: call.type ?? 'tool_call', data: call as JsonObject }
}

const finishKinds: Readonly<Record<string, FinishKind>> = {
  stop: 'stop',
  eos_token: 'stop',
  stop_sequence: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
}

function readFinish(raw: string | null | undefined, parts: ResponsePart[]): Finish {
  const finish = finishOf(raw, finishKinds)
  return finish.kind === 'stop' && parts.some(({ type }) => type === 'refusal')
    ? { ...finish, kind: 'refusal' }
    : finish
}

function readUsage(usage: ChatUsage | null | undefined): Usage | undefined {
  if (!usage) return undefined
  return usageOf(usage, {
    inputTokens: usage.prompt_tokens,
    outputTokens: usage.completion_tokens,
    totalTokens: usage.total_tokens,
    cachedInputTokens: usage.prompt_tokens_details?.cached_tokens,
    cacheWriteTokens: usage.prompt_tokens_details?.cache_write_tokens,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens,
  })
}

function readLogprobs(logprobs: ChatChoice['logprobs']): TokenLogprob[] | undefined {
  const tokens = logprobs?.content ?? logprobs?.refusal
  return tokens?.map((entry) => {
    const read: TokenLogprob = readLogprob(entry)
    if (entry.top_logprobs) read.top = entry.top_logprobs.map(readLogprob)
    return read
  })
}

function readLogprob({ token, logprob, bytes }: ChatLogprob): { token: string; logprob: number; bytes?: number[] } {
  return { token, logprob, ...(bytes && { bytes }) }
}

function readServed(completion: ChatCompletion): Served {
  const served: Served = {}
  if (completion.model) served.model = completion.model
  if (completion.id) served.responseId = completion.id
  if (completion.system_fingerprint) served.fingerprint = completion.system_fingerprint
  if (completion.provider) served.route = completion.provider
  return served
}

import {
  type DriverResponse,
  type Finish,
  InsideLLMsError,
  type JsonObject,
  type ResponsePart,
  type TokenLogprob,
  type Usage,
  usageOf,
} from '@insidellms/core/driver'
import { streamError } from '@insidellms/core/chat-completions'

/** What is read of a response object. Everything may be missing or null; all stays in `raw`. */
export interface ResponsesBody {
  id?: string | null
  model?: string | null
  status?: string | null
  error?: { code?: string | null; message?: string | null } | null
  incomplete_details?: { reason?: string | null } | null
  output?: ResponsesItem[] | null
  usage?: ResponsesUsage | null
}

export interface ResponsesItem {
  type?: string
  id?: string | null
  content?: ResponsesContent[] | null
  summary?: { text?: string | null }[] | null
  call_id?: string | null
  name?: string | null
  arguments?: string | null
}

interface ResponsesContent {
  type?: string
  text?: string | null
  refusal?: string | null
  annotations?: JsonObject[] | null
  logprobs?: ResponsesLogprob[] | null
}

interface ResponsesLogprob {
  token: string
  logprob: number
  bytes?: number[] | null
  top_logprobs?: ResponsesLogprob[] | null
}

interface ResponsesUsage {
  input_tokens?: number | null
  output_tokens?: number | null
  total_tokens?: number | null
  input_tokens_details?: { cached_tokens?: number | null; cache_write_tokens?: number | null } | null
  output_tokens_details?: { reasoning_tokens?: number | null } | null
}

/**
 * Reads a response object.
 *
 * @throws {InsideLLMsError} the vendor's error where the status is `failed`, `invalid_response` when there is no output.
 */
export function readResponsesBody(
  body: ResponsesBody,
): Pick<DriverResponse, 'parts' | 'finish' | 'usage' | 'logprobs' | 'served'> {
  if (body.status === 'failed' || (body.error && !body.output)) throw streamError(body.error)
  if (!Array.isArray(body.output))
    throw new InsideLLMsError('invalid_response', 'The answer has no output, so there is nothing to read. Ask again.')
  const parts = body.output.flatMap(readItem)
  const logprobs = body.output.flatMap(({ content }) => (content ?? []).flatMap((part) => part.logprobs ?? []))
  const usage = readUsage(body.usage)
  return {
    parts,
    finish: readFinish(body, parts),
    ...(usage !== undefined && { usage }),
    ...(logprobs.length > 0 && { logprobs: logprobs.map(readLogprob) }),
    served: { ...(body.model && { model: body.model }), ...(body.id && { responseId: body.id }) },
  }
}

function readItem(item: ResponsesItem): ResponsePart[] {
  if (item.type === 'message') return (item.content ?? []).map(readContent)
  if (item.type === 'reasoning') {
    const text = [...(item.summary ?? []), ...(item.content ?? [])].map((piece) => piece.text ?? '').join('\n\n')
    return [{ type: 'reasoning', text, providerMetadata: { item: item as JsonObject } }]
  }
  if (item.type === 'function_call')
    return [
      {
        type: 'tool-call',
        id: item.call_id || 'call_0',
        name: item.name ?? '',
        arguments: item.arguments ?? '',
        ...(item.id && { providerMetadata: { id: item.id } }),
      },
    ]
  return [{ type: 'other', kind: item.type ?? 'unknown', data: item as JsonObject }]
}

function readContent(content: ResponsesContent): ResponsePart {
  if (content.type === 'output_text') {
    const { annotations } = content
    return { type: 'text', text: content.text ?? '', ...(annotations?.length && { annotations }) }
  }
  if (content.type === 'refusal') return { type: 'refusal', text: content.refusal ?? '' }
  return { type: 'other', kind: content.type ?? 'unknown', data: content as JsonObject }
}

function readFinish(body: ResponsesBody, parts: ResponsePart[]): Finish {
  const raw = body.incomplete_details?.reason ?? body.status ?? null
  if (raw === 'max_output_tokens') return { kind: 'length', raw }
  if (raw === 'content_filter') return { kind: 'content-filter', raw }
  if (raw !== 'completed') return { kind: 'other', raw }
  if (parts.some(({ type }) => type === 'refusal')) return { kind: 'refusal', raw }
  return { kind: parts.some(({ type }) => type === 'tool-call') ? 'tool-calls' : 'stop', raw }
}

function readUsage(usage: ResponsesUsage | null | undefined): Usage | undefined {
  if (!usage) return undefined
  return usageOf(usage, {
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    totalTokens: usage.total_tokens,
    cachedInputTokens: usage.input_tokens_details?.cached_tokens,
    cacheWriteTokens: usage.input_tokens_details?.cache_write_tokens,
    reasoningTokens: usage.output_tokens_details?.reasoning_tokens,
  })
}

function readLogprob({ token, logprob, bytes, top_logprobs: top }: ResponsesLogprob): TokenLogprob {
  return {
    token,
    logprob,
    ...(bytes && { bytes }),
    ...(top && {
      top: top.map((other) => ({
        token: other.token,
        logprob: other.logprob,
        ...(other.bytes && { bytes: other.bytes }),
      })),
    }),
  }
}

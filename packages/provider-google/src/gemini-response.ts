import {
  type DriverResponse,
  type Finish,
  type FinishKind,
  finishOf,
  InsideLLMsError,
  type JsonObject,
  type ResponsePart,
  type TokenLogprob,
  type Usage,
  usageOf,
} from '@insidellms/core/driver'

/** What is read of an answer. Everything may be missing; all stays in `raw`. */
export interface GeminiAnswer {
  candidates?: GeminiCandidate[] | null
  promptFeedback?: { blockReason?: string; blockReasonMessage?: string } | null
  usageMetadata?: GeminiUsage | null
  modelVersion?: string
  responseId?: string
  error?: unknown
}

export interface GeminiCandidate {
  index?: number
  content?: { parts?: GeminiPart[] | null } | null
  finishReason?: string
  finishMessage?: string
  citationMetadata?: JsonObject
  groundingMetadata?: JsonObject
  urlContextMetadata?: JsonObject
  logprobsResult?: { chosenCandidates?: GeminiLogprob[]; topCandidates?: { candidates?: GeminiLogprob[] }[] } | null
}

export interface GeminiPart {
  text?: string
  thought?: boolean
  thoughtSignature?: string
  functionCall?: {
    id?: string
    name?: string
    args?: JsonObject
    partialArgs?: GeminiPartialArgument[]
    willContinue?: boolean
  }
  [kind: string]: unknown
}

/** A leaf of arguments that are streamed. */
export interface GeminiPartialArgument {
  jsonPath: string
  stringValue?: string
  numberValue?: number
  boolValue?: boolean
  nullValue?: string
  willContinue?: boolean
}

interface GeminiLogprob {
  token?: string
  logProbability?: number
}

interface GeminiUsage {
  promptTokenCount?: number
  toolUsePromptTokenCount?: number
  candidatesTokenCount?: number
  thoughtsTokenCount?: number
  totalTokenCount?: number
  cachedContentTokenCount?: number
}

/**
 * Reads the first candidate of an answer; further ones stay in `raw`.
 *
 * @throws {InsideLLMsError} `content_filter` when the prompt was blocked, `invalid_response` when there is no candidate.
 */
export function readGeminiAnswer(
  answer: GeminiAnswer,
): Pick<DriverResponse, 'parts' | 'finish' | 'usage' | 'logprobs' | 'served'> {
  const candidate = answer.candidates?.find(({ index = 0 }) => index === 0)
  if (candidate === undefined) throw nothingToRead(answer)
  const parts = readParts(candidate)
  const usage = readUsage(answer.usageMetadata)
  const logprobs = readLogprobs(candidate.logprobsResult)
  return {
    parts,
    finish: readFinish(candidate.finishReason, parts),
    ...(usage !== undefined && { usage }),
    ...(logprobs !== undefined && { logprobs }),
    served: {
      ...(answer.modelVersion && { model: answer.modelVersion }),
      ...(answer.responseId && { responseId: answer.responseId }),
    },
  }
}

function nothingToRead({ promptFeedback }: GeminiAnswer): InsideLLMsError {
  const { blockReason, blockReasonMessage } = promptFeedback ?? {}
  return blockReason
    ? new InsideLLMsError(
        'content_filter',
        `the prompt was blocked: ${blockReason}${blockReasonMessage ? ` (${blockReasonMessage})` : ''}.`,
      )
    : new InsideLLMsError('invalid_response', 'The answer has no candidates, so there is nothing to read. Ask again.')
}

function readParts(candidate: GeminiCandidate): ResponsePart[] {
  const parts = (candidate.content?.parts ?? []).map(readPart)
  const { citationMetadata, groundingMetadata, urlContextMetadata } = candidate
  const annotations = Object.entries({ citationMetadata, groundingMetadata, urlContextMetadata }).flatMap(
    ([name, value]) => (value ? [{ [name]: value }] : []),
  )
  const text = parts.findLast((part) => part.type === 'text')
  if (text !== undefined && annotations.length > 0) text.annotations = annotations
  return parts
}

function readPart(part: GeminiPart, index: number): ResponsePart {
  const { thoughtSignature } = part
  const signed = thoughtSignature ? { thoughtSignature } : undefined
  if (part.functionCall) {
    const { id, name = '', args = {} } = part.functionCall
    const providerMetadata = { ...(id && { id }), ...signed }
    return {
      type: 'tool-call',
      id: id || `call_${index}`,
      name,
      arguments: JSON.stringify(args),
      ...(Object.keys(providerMetadata).length > 0 && { providerMetadata }),
    }
  }
  if (typeof part.text === 'string')
    return { type: part.thought ? 'reasoning' : 'text', text: part.text, ...(signed && { providerMetadata: signed }) }
  const kind = Object.keys(part).find((key) => key !== 'thought' && key !== 'thoughtSignature') ?? 'unknown'
  return { type: 'other', kind, data: part as JsonObject }
}

const finishKinds: Readonly<Record<string, FinishKind>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
  IMAGE_SAFETY: 'content-filter',
  IMAGE_PROHIBITED_CONTENT: 'content-filter',
  IMAGE_RECITATION: 'content-filter',
}

function readFinish(raw: string | undefined, parts: ResponsePart[]): Finish {
  const finish = finishOf(raw, finishKinds)
  return finish.kind === 'stop' && parts.some(({ type }) => type === 'tool-call')
    ? { ...finish, kind: 'tool-calls' }
    : finish
}

function readUsage(usage: GeminiUsage | null | undefined): Usage | undefined {
  if (!usage) return undefined
  // Thoughts are counted beside the candidates, and tool results beside the prompt; the total has them all.
  const sum = (...counts: (number | undefined)[]): number | undefined =>
    counts.every((count) => count === undefined)
      ? undefined
      : counts.reduce<number>((total, count) => total + (count ?? 0), 0)
  return usageOf(usage, {
    inputTokens: sum(usage.promptTokenCount, usage.toolUsePromptTokenCount),
    outputTokens: sum(usage.candidatesTokenCount, usage.thoughtsTokenCount),
    totalTokens: usage.totalTokenCount,
    reasoningTokens: usage.thoughtsTokenCount,
    cachedInputTokens: usage.cachedContentTokenCount,
  })
}

function readLogprobs(result: GeminiCandidate['logprobsResult']): TokenLogprob[] | undefined {
  return result?.chosenCandidates?.map((chosen, index) => {
    const read: TokenLogprob = readLogprob(chosen)
    const top = result.topCandidates?.[index]?.candidates
    if (top) read.top = top.map(readLogprob)
    return read
  })
}

function readLogprob({ token = '', logProbability = 0 }: GeminiLogprob): { token: string; logprob: number } {
  return { token, logprob: logProbability }
}

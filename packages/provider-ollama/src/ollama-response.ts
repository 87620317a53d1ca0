import {
  type DriverResponse,
  type Finish,
  InsideLLMsError,
  type JsonObject,
  type ModelDelta,
  type ResponsePart,
  type TokenLogprob,
  type Usage,
} from '@insidellms/core/driver'

/** What is read of an answer of either endpoint. Everything may be missing; all stays in `raw`. */
export interface OllamaAnswer {
  model?: string
  message?: { content?: string; thinking?: string; tool_calls?: OllamaToolCall[]; images?: string[] } | null
  /** The generate endpoint's text. */
  response?: string
  thinking?: string
  done?: boolean
  done_reason?: string | null
  prompt_eval_count?: number
  eval_count?: number
  logprobs?: OllamaLogprob[] | null
  error?: unknown
}

interface OllamaToolCall {
  id?: string
  function?: { index?: number; name?: string; arguments?: JsonObject | string }
}

interface OllamaLogprob {
  token: string
  logprob: number
  bytes?: number[] | null
  top_logprobs?: OllamaLogprob[] | null
}

/** @throws {InsideLLMsError} `invalid_response` when there is no message, or the answer is not done. */
export function readOllamaAnswer(
  answer: OllamaAnswer,
): Pick<DriverResponse, 'parts' | 'finish' | 'usage' | 'logprobs' | 'served'> {
  if (answer.done !== true || (!answer.message && answer.response === undefined))
    throw new InsideLLMsError(
      'invalid_response',
      'The answer is not whole: it has no message, or is not marked as done. Ask again.',
    )
  const parts = readParts(answer)
  const usage = readUsage(answer)
  return {
    parts,
    finish: readFinish(answer.done_reason, parts),
    ...(usage !== undefined && { usage }),
    ...(answer.logprobs && { logprobs: answer.logprobs.map(readLogprob) }),
    served: answer.model ? { model: answer.model } : {},
  }
}

function readParts({ message, response, thinking }: OllamaAnswer): ResponsePart[] {
  const parts: ResponsePart[] = []
  const thought = message?.thinking ?? thinking
  const text = message?.content ?? response
  if (thought) parts.push({ type: 'reasoning', text: thought })
  if (text) parts.push({ type: 'text', text })
  for (const [index, call] of (message?.tool_calls ?? []).entries()) parts.push(readToolCall(call, index))
  for (const image of message?.images ?? []) parts.push({ type: 'other', kind: 'image', data: { image } })
  return parts
}

function readToolCall({ id, function: called }: OllamaToolCall, index: number): ResponsePart {
  return {
    type: 'tool-call',
    id: id || `call_${index}`,
    name: called?.name ?? '',
    arguments: argumentsText(called?.arguments),
  }
}

function argumentsText(given: JsonObject | string | undefined): string {
  return typeof given === 'string' ? given : JSON.stringify(given ?? {})
}

function readFinish(raw: string | null | undefined, parts: ResponsePart[]): Finish {
  if (parts.some(({ type }) => type === 'tool-call') && (!raw || raw === 'stop'))
    return { kind: 'tool-calls', raw: raw ?? null }
  if (raw === 'stop') return { kind: 'stop', raw }
  if (raw === 'length') return { kind: 'length', raw }
  // Servers before 0.1.33 gave no reason.
  return { kind: 'other', raw: raw || null }
}

function readUsage(answer: OllamaAnswer): Usage | undefined {
  const raw: JsonObject = {}
  for (const [name, value] of Object.entries(answer))
    if (/_(count|duration)$/.test(name) && typeof value === 'number') raw[name] = value
  if (Object.keys(raw).length === 0) return undefined
  const { prompt_eval_count: input, eval_count: output } = answer
  return {
    ...(input !== undefined && { inputTokens: input }),
    ...(output !== undefined && { outputTokens: output }),
    ...(input !== undefined && output !== undefined && { totalTokens: input + output }),
    raw,
  }
}

function readLogprob(entry: OllamaLogprob): TokenLogprob {
  const read: TokenLogprob = { token: entry.token, logprob: entry.logprob, ...(entry.bytes && { bytes: entry.bytes }) }
  if (entry.top_logprobs)
    read.top = entry.top_logprobs.map(({ token, logprob, bytes }) => ({ token, logprob, ...(bytes && { bytes }) }))
  return read
}

/** What a stream brings in pieces. */
const pieces: ReadonlySet<string> = new Set(['message', 'response', 'thinking', 'logprobs'])

/** Puts an answer together from the lines of a stream: the same object that a call without streaming would have given. */
export class OllamaStream {
  readonly answer: OllamaAnswer = {}
  /** Every line, as received. */
  readonly raw: JsonObject[] = []
  #calls = 0

  take(line: OllamaAnswer, deltas: ModelDelta[]): void {
    this.raw.push(line as JsonObject)
    const { answer } = this
    const { message, response, thinking, logprobs } = line
    // Only the last line has more than a piece of the answer; a copy for each would cost as much as parsing them.
    if (line.done) Object.assign(answer, Object.fromEntries(Object.entries(line).filter(([name]) => !pieces.has(name))))
    else if (line.model !== undefined) answer.model ??= line.model
    if (message) answer.message ??= {}
    const thought = message?.thinking ?? thinking
    if (thought) this.#think(thought, deltas)
    const text = message?.content ?? response
    if (text !== undefined) this.#say(text, message !== undefined && message !== null, deltas)
    for (const call of message?.tool_calls ?? []) this.#call(call, deltas)
    if (message?.images) (answer.message!.images ??= []).push(...message.images)
    if (logprobs) (answer.logprobs ??= []).push(...logprobs)
  }

  #say(text: string, isChat: boolean, deltas: ModelDelta[]): void {
    if (isChat) this.answer.message!.content = `${this.answer.message!.content ?? ''}${text}`
    else this.answer.response = `${this.answer.response ?? ''}${text}`
    if (text !== '') deltas.push({ type: 'text', text })
  }

  #think(text: string, deltas: ModelDelta[]): void {
    const holder = this.answer.message ?? this.answer
    holder.thinking = `${holder.thinking ?? ''}${text}`
    deltas.push({ type: 'reasoning', text })
  }

  #call(call: OllamaToolCall, deltas: ModelDelta[]): void {
    ;(this.answer.message!.tool_calls ??= []).push(call)
    const index = this.#calls++
    deltas.push({
      type: 'tool-call',
      index,
      id: call.id || `call_${index}`,
      name: call.function?.name ?? '',
      arguments: argumentsText(call.function?.arguments),
    })
  }
}

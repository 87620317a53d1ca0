import type { JsonObject, JsonValue } from '../json.ts'
import type { ModelDelta } from '../model-event.ts'
import type { ChatAnswer, ChatChoice, ChatCompletion, ChatToolCall } from './chat-response.ts'
import { streamError } from './chat-errors.ts'
import type { ChatQuirks } from './chat-quirks.ts'

/** What every chunk repeats, and the first ones (Azure's, OpenRouter's comments) may leave empty. */
const identity = ['id', 'model', 'system_fingerprint', 'provider'] as const

interface ChatChunk extends Omit<ChatCompletion, 'choices'> {
  choices?: (Omit<ChatChoice, 'message'> & { delta?: ChatDelta | null })[] | null
  error?: unknown
}

type ChatDelta = Omit<ChatAnswer, 'tool_calls'> & { tool_calls?: (ChatToolCall & { index?: number | null })[] | null }

/**
 * Puts a chat completion together from its chunks. What it holds at the end is the same object that a call without
 * streaming would have given, so one reader serves both.
 */
export class ChatStream {
  readonly completion: ChatCompletion = {}
  /** Every chunk, as received. */
  readonly raw: JsonValue[] = []
  /** Whether the server's terminal marker was seen. */
  ended: boolean = false
  readonly #quirks: ChatQuirks
  readonly #answer: ChatAnswer = {}
  #choice: ChatChoice | undefined

  constructor(quirks: ChatQuirks) {
    this.#quirks = quirks
  }

  /**
   * Takes the data of one event and adds what it brings to `deltas`.
   *
   * @throws {InsideLLMsError} the vendor's error where the event is one; a `SyntaxError` where it is no JSON.
   */
  take(data: string, deltas: ModelDelta[]): void {
    if (data === '[DONE]') {
      this.ended = true
      return
    }
    const chunk = JSON.parse(data) as ChatChunk
    this.raw.push(chunk as JsonObject)
    if (chunk.error) throw streamError(chunk.error)
    const { completion } = this
    for (const field of identity) if (!completion[field] && chunk[field]) completion[field] = chunk[field]
    if (chunk.usage) completion.usage = chunk.usage
    if (chunk.prompt_logprobs) completion.prompt_logprobs = chunk.prompt_logprobs
    for (const choice of chunk.choices ?? []) if ((choice.index ?? 0) === 0) this.#takeChoice(choice, deltas)
  }

  #takeChoice(choice: NonNullable<ChatChunk['choices']>[number], deltas: ModelDelta[]): void {
    // Behind the end there may be usage, and no more of the answer: some servers send their last chunks twice.
    if (this.ended) return
    if (this.#choice === undefined) {
      this.#choice = { index: 0, message: this.#answer }
      this.completion.choices = [this.#choice]
    }
    if (choice.delta) this.#takeDelta(choice.delta, deltas)
    const { content, refusal } = choice.logprobs ?? {}
    if (content || refusal) {
      const logprobs = (this.#choice.logprobs ??= {})
      if (content) (logprobs.content ??= []).push(...content)
      if (refusal) (logprobs.refusal ??= []).push(...refusal)
    }
    if (choice.native_finish_reason) this.#choice.native_finish_reason = choice.native_finish_reason
    if (choice.finish_reason) {
      this.#choice.finish_reason = choice.finish_reason
      if (this.#quirks.streamEnd === 'finish_reason') this.ended = true
    }
  }

  #takeDelta(delta: ChatDelta, deltas: ModelDelta[]): void {
    const answer = this.#answer
    if (typeof delta.content === 'string') {
      answer.content = `${(answer.content as string | undefined) ?? ''}${delta.content}`
      if (delta.content !== '') deltas.push({ type: 'text', text: delta.content })
    } else if (delta.content) this.#takeBlocks(delta.content, deltas)
    const reasoning = delta.reasoning_content ?? delta.reasoning
    if (reasoning) {
      answer.reasoning = `${answer.reasoning ?? ''}${reasoning}`
      deltas.push({ type: 'reasoning', text: reasoning })
    }
    if (delta.refusal) {
      answer.refusal = `${answer.refusal ?? ''}${delta.refusal}`
      deltas.push({ type: 'refusal', text: delta.refusal })
    }
    for (const call of delta.tool_calls ?? []) this.#takeToolCall(call, deltas)
    if (delta.function_call) {
      const whole = (answer.function_call ??= {})
      const piece = delta.function_call
      if (piece.name) whole.name = piece.name
      whole.arguments = `${whole.arguments ?? ''}${piece.arguments ?? ''}`
      deltas.push({
        type: 'tool-call',
        index: 0,
        ...(piece.name && { name: piece.name }),
        arguments: piece.arguments ?? '',
      })
    }
    for (const piece of delta.reasoning_details ?? []) addReasoningDetail((answer.reasoning_details ??= []), piece)
    if (delta.annotations?.length) (answer.annotations ??= []).push(...delta.annotations)
    if (delta.images?.length) (answer.images ??= []).push(...delta.images)
    if (delta.audio) answer.audio = { ...answer.audio, ...delta.audio }
  }

  /** Blocks of text join what is there; whatever else keeps its own place. */
  #takeBlocks(blocks: JsonObject[], deltas: ModelDelta[]): void {
    const held = this.#answer.content
    const list: JsonObject[] =
      typeof held === 'string' ? (held === '' ? [] : [{ type: 'text', text: held }]) : (held ?? [])
    for (const block of blocks) {
      if (block['type'] === 'text' && typeof block['text'] === 'string')
        deltas.push({ type: 'text', text: block['text'] })
      list.push(block)
    }
    this.#answer.content = list
  }

  #takeToolCall(piece: ChatToolCall & { index?: number | null }, deltas: ModelDelta[]): void {
    const calls = (this.#answer.tool_calls ??= [])
    // Some servers send no index: then an id or a name begins a new call.
    const index = piece.index ?? (piece.id || piece.function?.name ? calls.length : Math.max(0, calls.length - 1))
    const { index: _, function: called, ...rest } = piece
    const whole = (calls[index] ??= {})
    for (const [key, value] of Object.entries(rest)) if (value !== null && value !== '') whole[key] = value
    if (!called) return
    const given = called.arguments
    const text = typeof given === 'string' ? given : given ? JSON.stringify(given) : ''
    const held = (whole.function ??= {})
    if (called.name) held.name = `${held.name ?? ''}${called.name}`
    held.arguments = `${(held.arguments as string | undefined) ?? ''}${text}`
    deltas.push({
      type: 'tool-call',
      index,
      ...(piece.id != null && piece.id !== '' && { id: String(piece.id) }),
      ...(called.name && { name: called.name }),
      arguments: text,
    })
  }
}

/**
 * Pieces of one detail (same index and type) become one again, as an unstreamed answer has it: a vendor checks the
 * signature of the whole when it comes back on the next turn.
 */
function addReasoningDetail(details: JsonValue[], piece: JsonValue): void {
  const last = details.at(-1)
  if (!isObject(piece)) return void details.push(piece)
  const joins =
    isObject(last) && piece['index'] !== undefined && piece['index'] === last['index'] && piece['type'] === last['type']
  // A copy: the chunk itself stays in `raw` as it came.
  if (!joins) return void details.push({ ...piece })
  for (const [key, value] of Object.entries(piece)) {
    const held = last[key]
    if (['text', 'summary', 'data'].includes(key) && typeof held === 'string' && typeof value === 'string')
      last[key] = held + value
    else if (value !== null) last[key] = value
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

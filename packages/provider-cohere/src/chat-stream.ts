import type { JsonObject, JsonValue, ModelDelta } from '@insidellms/core/driver'
import {
  type ChatAnswer,
  type ChatBody,
  type ContentBlock,
  errorInBody,
  type LogprobItem,
  type ToolCall,
} from './chat-response.ts'

interface StreamEvent {
  type?: string
  id?: string | null
  index?: number | null
  delta?: {
    message?: Pieces | null
    finish_reason?: string | null
    usage?: ChatBody['usage']
    error?: unknown
  } | null
  logprobs?: LogprobItem | null
  /** An error that is no event of the API. */
  message?: unknown
}

/** What an event adds to the message. */
interface Pieces {
  content?: ContentBlock | [] | null
  tool_plan?: string | null
  tool_calls?: ToolCall | [] | null
  citations?: JsonObject | JsonObject[] | null
}

/**
 * Puts an answer together from its events. What it holds at the end is the same object that a call without streaming
 * would have given, so one reader serves both.
 *
 * Source: https://docs.cohere.com/v2/docs/streaming
 */
export class ChatStream {
  readonly chat: Omit<ChatBody, 'message'> & { message: ChatAnswer & { content?: ContentBlock[] } } = { message: {} }
  /** Every event, as received. */
  readonly raw: JsonValue[] = []
  /** Whether the vendor's terminal marker was seen. */
  ended: boolean = false

  /**
   * Takes the data of one event and adds what it brings to `deltas`.
   *
   * @throws {InsideLLMsError} the vendor's error where the event is one; a `SyntaxError` where it is no JSON.
   */
  take(data: string, deltas: ModelDelta[]): void {
    if (this.ended || data === '[DONE]') return
    const event = JSON.parse(data) as StreamEvent
    this.raw.push(event as JsonObject)
    const pieces = event.delta?.message ?? {}
    const index = event.index ?? 0
    if (event.id) this.chat.id = event.id
    if (event.logprobs) (this.chat.logprobs ??= []).push(event.logprobs)
    switch (event.type) {
      case 'content-start':
      case 'content-delta':
        if (pieces.content && !Array.isArray(pieces.content)) this.#takeContent(pieces.content, index, deltas)
        return
      case 'tool-plan-delta':
        if (!pieces.tool_plan) return
        this.chat.message.tool_plan = `${this.chat.message.tool_plan ?? ''}${pieces.tool_plan}`
        deltas.push({ type: 'reasoning', text: pieces.tool_plan })
        return
      case 'tool-call-start':
      case 'tool-call-delta':
        if (pieces.tool_calls && !Array.isArray(pieces.tool_calls)) this.#takeCall(pieces.tool_calls, index, deltas)
        return
      case 'citation-start':
        if (pieces.citations) (this.chat.message.citations ??= []).push(...[pieces.citations].flat())
        return
      case 'message-end': {
        const { error, finish_reason: reason, usage } = event.delta ?? {}
        if (error) throw errorInBody(typeof error === 'string' ? error : JSON.stringify(error))
        if (reason) this.chat.finish_reason = reason
        if (usage) this.chat.usage = usage
        this.ended = true
        return
      }
      default:
        if (typeof event.message === 'string') throw errorInBody(event.message)
    }
  }

  #takeContent(piece: ContentBlock, index: number, deltas: ModelDelta[]): void {
    const { type, text, thinking, ...rest } = piece
    const block = ((this.chat.message.content ??= [])[index] ??= { type: type ?? (thinking ? 'thinking' : 'text') })
    Object.assign(block, rest)
    if (typeof text === 'string') {
      block.text = `${block.text ?? ''}${text}`
      if (text !== '') deltas.push({ type: 'text', text })
    }
    if (typeof thinking === 'string') {
      block.thinking = `${block.thinking ?? ''}${thinking}`
      if (thinking !== '') deltas.push({ type: 'reasoning', text: thinking })
    }
  }

  #takeCall({ id, type, function: called }: ToolCall, index: number, deltas: ModelDelta[]): void {
    const whole = ((this.chat.message.tool_calls ??= [])[index] ??= {})
    if (id) whole.id = id
    if (type) whole.type = type
    const held = (whole.function ??= {})
    const text = called?.arguments ?? ''
    if (called?.name) held.name = called.name
    held.arguments = `${held.arguments ?? ''}${text}`
    deltas.push({
      type: 'tool-call',
      index,
      ...(id && { id }),
      ...(called?.name && { name: called.name }),
      arguments: text,
    })
  }
}

/** Whether the data of an event is the vendor's terminal marker. */
export function isMessageEnd(data: string): boolean {
  return data.includes('"message-end"') && (JSON.parse(data) as StreamEvent).type === 'message-end'
}

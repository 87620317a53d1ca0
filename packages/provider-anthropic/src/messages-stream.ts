import type { JsonObject, JsonValue, ModelDelta } from '@insidellms/core/driver'
import { argumentsOf, type ContentBlock, errorInBody, type MessageBody } from './messages-response.ts'

interface StreamEvent {
  type?: string
  index?: number
  message?: MessageBody
  content_block?: ContentBlock
  delta?: BlockDelta
  usage?: Record<string, unknown> | null
  error?: MessageBody['error']
  [field: string]: unknown
}

interface BlockDelta {
  type?: string
  text?: string | null
  thinking?: string | null
  partial_json?: string | null
  citation?: JsonObject | null
  [field: string]: unknown
}

/** A block that is still growing. */
interface OpenBlock {
  block: ContentBlock
  /** The pieces of its input so far. */
  json: string
  /** Its place among the tool calls; undefined for any other block. */
  call: number | undefined
}

/**
 * Puts a message together from its events. What it holds at the end is the same object that a call without streaming
 * would have given, so one reader serves both.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export class MessageStream {
  readonly message: MessageBody = {}
  /** Every event, as received. */
  readonly raw: JsonValue[] = []
  /** Whether the vendor's terminal marker was seen. */
  ended: boolean = false
  readonly #open = new Map<number, OpenBlock>()
  #calls = 0

  /** The text so far. */
  get text(): string {
    return (this.message.content ?? []).map((block) => (block.type === 'text' ? (block.text ?? '') : '')).join('')
  }

  /**
   * Takes the data of one event and adds what it brings to `deltas`.
   *
   * @throws {InsideLLMsError} the vendor's error where the event is one; a `SyntaxError` where it is no JSON.
   */
  take(data: string, deltas: ModelDelta[]): void {
    if (this.ended || data === '[DONE]') return
    const event = JSON.parse(data) as StreamEvent
    this.raw.push(event as JsonObject)
    switch (event.type) {
      case 'message_start':
        return this.#start(event.message ?? {}, deltas)
      case 'content_block_start':
        return this.#begin(event.index ?? 0, event.content_block ?? {}, deltas)
      case 'content_block_delta':
        return this.#grow(event.index ?? 0, event.delta ?? {}, deltas)
      case 'content_block_stop':
        return this.#finish(event.index ?? 0, deltas)
      case 'message_delta': {
        const { type: _, delta, usage, ...rest } = event
        Object.assign(this.message, present(delta), present(rest))
        if (usage) this.message.usage = { ...this.message.usage, ...present(usage) }
        return
      }
      case 'message_stop':
        for (const index of this.#open.keys()) this.#finish(index, deltas)
        this.ended = true
        return
      case 'error':
        throw errorInBody(event.error)
      default:
        if (event.error) throw errorInBody(event.error)
    }
  }

  /** Some gateways send the start twice. */
  #start({ content, ...message }: MessageBody, deltas: ModelDelta[]): void {
    if (this.message.content) return
    Object.assign(this.message, message, { content: [] })
    // Calls that a program in the vendor's sandbox has made come with the start.
    for (const block of content ?? []) {
      this.#begin(-1, block, deltas)
      this.#finish(-1, deltas)
    }
  }

  #begin(index: number, start: ContentBlock, deltas: ModelDelta[]): void {
    const block = { ...start }
    const call = block.type === 'tool_use' ? this.#calls++ : undefined
    this.#open.set(index, { block, json: '', call })
    ;(this.message.content ??= []).push(block)
    if (call !== undefined)
      deltas.push({
        type: 'tool-call',
        index: call,
        ...(block.id && { id: block.id }),
        ...(block.name && { name: block.name }),
        arguments: '',
      })
    else if (block.type === 'text' && block.text) deltas.push({ type: 'text', text: block.text })
    else if (block.type === 'thinking' && block.thinking) deltas.push({ type: 'reasoning', text: block.thinking })
  }

  #grow(index: number, delta: BlockDelta, deltas: ModelDelta[]): void {
    const open = this.#open.get(index)
    if (open === undefined) return
    const { block, call } = open
    switch (delta.type) {
      case 'text_delta':
        if (!delta.text) return
        block.text = `${block.text ?? ''}${delta.text}`
        deltas.push({ type: 'text', text: delta.text })
        return
      case 'thinking_delta':
        if (!delta.thinking) return
        block.thinking = `${block.thinking ?? ''}${delta.thinking}`
        deltas.push({ type: 'reasoning', text: delta.thinking })
        return
      case 'input_json_delta':
        if (!delta.partial_json) return
        open.json += delta.partial_json
        if (call !== undefined) deltas.push({ type: 'tool-call', index: call, arguments: delta.partial_json })
        return
      case 'citations_delta':
        // A new list: the first one belongs to the event as received.
        if (delta.citation) block.citations = [...(block.citations ?? []), delta.citation]
        return
      default:
        // Signatures, summaries and whatever comes later: texts grow, all else is replaced.
        for (const [field, value] of Object.entries(present(delta))) {
          const held = block[field]
          if (field !== 'type')
            block[field] = typeof held === 'string' && typeof value === 'string' ? held + value : value
        }
    }
  }

  #finish(index: number, deltas: ModelDelta[]): void {
    const open = this.#open.get(index)
    if (open === undefined) return
    this.#open.delete(index)
    const { block, json, call } = open
    if (call === undefined) {
      if (json !== '') block.input = parsed(json)
    } else if (json === '') deltas.push({ type: 'tool-call', index: call, arguments: argumentsOf(block.input) })
    else block.input = json
  }
}

/** Whether the data of an event is the vendor's terminal marker. */
export function isMessageStop(data: string): boolean {
  // A result of a server tool may have the word too.
  return data.includes('"message_stop"') && (JSON.parse(data) as StreamEvent).type === 'message_stop'
}

/** What a later event says, without the nulls that stand for "as before". */
function present(fields: Record<string, unknown> | null | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== null && value !== undefined))
}

/** A server tool goes back as it came, so its input is made whole; one that was cut stays a text. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

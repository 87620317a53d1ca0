import { type ChatTransport, explainChatError, streamError } from '@insidellms/core/chat-completions'
import {
  type DriverEvent,
  type DriverResponse,
  httpFacts,
  type JsonObject,
  type JsonValue,
  type Ledger,
  type ModelDelta,
  type ModelDriver,
  serverSentEvents,
} from '@insidellms/core/driver'
import { toResponsesRequest } from './responses-request.ts'
import { readResponsesBody, type ResponsesBody, type ResponsesItem } from './responses-response.ts'

interface StreamEvent {
  type?: string
  delta?: unknown
  output_index?: number
  summary_index?: number
  item?: ResponsesItem
  response?: ResponsesBody
  code?: unknown
  message?: unknown
  error?: unknown
}

/** `respond`, `events` and `explainError` over the responses API. */
export function createResponsesCalls(wire: {
  modelId: string
  transport: ChatTransport
}): Required<Pick<ModelDriver, 'respond' | 'events' | 'explainError'>> {
  const { modelId, transport } = wire

  const assemble = (
    body: ResponsesBody,
    response: Response,
    sent: { body: JsonObject; ledger: Ledger },
    raw: JsonValue,
  ): DriverResponse => {
    const read = readResponsesBody(body)
    const requestId = response.headers.get('x-request-id')
    return {
      ...read,
      ledger: sent.ledger,
      served: { ...read.served, ...(requestId && { requestId }), sdk: transport.sdk() },
      http: httpFacts(response),
      request: sent.body,
      raw,
    }
  }

  return {
    explainError: explainChatError,

    async respond(request) {
      const sent = toResponsesRequest(request, modelId, false)
      const response = await transport.post(sent.body, request.signal)
      const body = JSON.parse(await response.text()) as ResponsesBody
      return assemble(body, response, sent, body as JsonObject)
    },

    async *events(request): AsyncGenerator<DriverEvent, void, undefined> {
      const sent = toResponsesRequest(request, modelId, true)
      const response = await transport.post(sent.body, request.signal)
      const stream = new ResponsesStream()
      for await (const batch of serverSentEvents(response.body as AsyncIterable<Uint8Array>, isLast)) {
        const deltas: ModelDelta[] = []
        for (const data of batch) stream.take(data, deltas)
        for (const delta of deltas) yield delta
      }
      const { body } = stream
      if (body !== undefined) yield { type: 'finish', response: assemble(body, response, sent, stream.raw) }
    },
  }
}

/** Whether an event is the terminal one: the API has no `[DONE]`, and a gateway may keep the connection open behind it. */
function isLast(data: string): boolean {
  // A text can have the words, too.
  if (!/"response\.(completed|incomplete)"/.test(data)) return false
  const { type } = JSON.parse(data) as StreamEvent
  return type === 'response.completed' || type === 'response.incomplete'
}

/** Follows a stream's events; `body` is there once the terminal event was. */
export class ResponsesStream {
  /** Every event, as received. */
  readonly raw: JsonValue[] = []
  #body: ResponsesBody | undefined
  readonly #items: ResponsesItem[] = []
  /** Tool calls by their place in the output. */
  readonly #calls = new Map<number, number>()

  /** The terminal event's response object. A server that leaves its output empty has sent the items one by one. */
  get body(): ResponsesBody | undefined {
    if (this.#body === undefined || this.#body.output?.length || this.#items.length === 0) return this.#body
    return { ...this.#body, output: this.#items.filter(Boolean) }
  }

  /** @throws {InsideLLMsError} the vendor's error where the event is one; a `SyntaxError` where it is no JSON. */
  take(data: string, deltas: ModelDelta[]): void {
    if (data === '[DONE]' || this.#body !== undefined) return
    const event = JSON.parse(data) as StreamEvent
    this.raw.push(event as JsonObject)
    const { delta } = event
    switch (event.type) {
      case 'response.output_text.delta':
        if (typeof delta === 'string' && delta !== '') deltas.push({ type: 'text', text: delta })
        return
      case 'response.refusal.delta':
        if (typeof delta === 'string') deltas.push({ type: 'refusal', text: delta })
        return
      case 'response.reasoning_summary_part.added':
        if ((event.summary_index ?? 0) > 0) deltas.push({ type: 'reasoning', text: '\n\n' })
        return
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        if (typeof delta === 'string') deltas.push({ type: 'reasoning', text: delta })
        return
      case 'response.output_item.added':
        this.#begin(event, deltas)
        return
      case 'response.function_call_arguments.delta': {
        const index = this.#calls.get(event.output_index ?? 0)
        if (typeof delta === 'string' && index !== undefined)
          deltas.push({ type: 'tool-call', index, arguments: delta })
        return
      }
      case 'response.output_item.done':
        if (event.item) this.#items[event.output_index ?? this.#items.length] = event.item
        return
      case 'response.completed':
      case 'response.incomplete':
        this.#body = event.response ?? {}
        return
      case 'response.failed':
        throw streamError(event.response?.error)
      case 'error':
        throw streamError(event.error ?? { code: event.code, message: event.message })
      default:
        if (event.error) throw streamError(event.error)
    }
  }

  #begin({ item, output_index: place = 0 }: StreamEvent, deltas: ModelDelta[]): void {
    if (item?.type !== 'function_call') return
    const index = this.#calls.size
    this.#calls.set(place, index)
    deltas.push({
      type: 'tool-call',
      index,
      ...(item.call_id && { id: item.call_id }),
      ...(item.name && { name: item.name }),
      arguments: item.arguments ?? '',
    })
  }
}

import { httpFacts } from '../http-facts.ts'
import type { JsonObject } from '../json.ts'
import type { DriverEvent, DriverResponse, ModelDriver, ModelRequest } from '../model-driver.ts'
import type { ModelDelta } from '../model-event.ts'
import type { Ledger, Served } from '../model-response.ts'
import { serverSentEvents } from '../server-sent-events.ts'
import { explainChatError, streamError } from './chat-errors.ts'
import type { ChatQuirks } from './chat-quirks.ts'
import { toChatRequest } from './chat-request.ts'
import { type ChatCompletion, readChatCompletion } from './chat-response.ts'
import { ChatStream } from './chat-stream.ts'

/** Carries requests; usually a vendor's SDK. */
export interface ChatTransport {
  /** Posts a body to the chat completions endpoint; throws the SDK's error for every status but 2xx. */
  post(body: JsonObject, signal: AbortSignal | undefined): Promise<Response>
  /** The SDK's name and version. */
  sdk(): { name: string; version: string }
}

export interface ChatDriverParts {
  provider: string
  modelId: string
  transport: ChatTransport
  quirks?: ChatQuirks
  /** Adds what this server wants beside the options, and its ledger entry. `providerOptions` are in the body already. */
  extend?(body: JsonObject, ledger: Ledger): void
  /** More of what answered, which this server says in its own places. */
  readServed?(completion: ChatCompletion, headers: Headers): Served | Promise<Served>
  /** Log probabilities of the prompt, parts or anything else of this server's own. */
  readMore?(completion: ChatCompletion): Partial<DriverResponse>
}

/** `respond`, `events` and `explainError` for any server that speaks chat completions. */
export function createChatCalls(
  parts: ChatDriverParts,
): Required<Pick<ModelDriver, 'respond' | 'events' | 'explainError'>> {
  const { provider, modelId, transport, quirks = {} } = parts

  const prepare = (request: ModelRequest, stream: boolean): { body: JsonObject; ledger: Ledger } => {
    const sent = toChatRequest(request, { provider, modelId, stream, quirks })
    parts.extend?.(sent.body, sent.ledger)
    return sent
  }

  const assemble = async (
    completion: ChatCompletion,
    response: Response,
    sent: { body: JsonObject; ledger: Ledger },
    raw: DriverResponse['raw'],
  ): Promise<DriverResponse> => {
    const read = readChatCompletion(completion)
    const requestId = response.headers.get('x-request-id')
    return {
      ...read,
      ...parts.readMore?.(completion),
      ledger: sent.ledger,
      served: {
        ...read.served,
        ...(requestId && { requestId }),
        ...(await parts.readServed?.(completion, response.headers)),
        sdk: transport.sdk(),
      },
      http: httpFacts(response),
      request: sent.body,
      ...(raw !== undefined && { raw }),
    }
  }

  const readWhole = async (response: Response, sent: { body: JsonObject; ledger: Ledger }): Promise<DriverResponse> => {
    const completion = (JSON.parse(await response.text()) ?? {}) as ChatCompletion & { error?: unknown }
    // Some routers answer 200 and put the upstream's failure into the body.
    if (completion.error) throw streamError(completion.error)
    return assemble(completion, response, sent, completion as JsonObject)
  }

  return {
    explainError: explainChatError,

    async respond(request) {
      const sent = prepare(request, false)
      return readWhole(await transport.post(sent.body, request.signal), sent)
    },

    async *events(request: ModelRequest): AsyncGenerator<DriverEvent, void, undefined> {
      const sent = prepare(request, true)
      const response = await transport.post(sent.body, request.signal)
      if (response.headers.get('content-type')?.includes('application/json')) {
        // A server that does not stream answers whole; its error is in the body, and the stream has one chunk.
        const whole = await readWhole(response, sent)
        for (const part of whole.parts) if (part.type === 'text') yield { type: 'text', text: part.text }
        yield { type: 'finish', response: whole }
        return
      }
      const stream = new ChatStream(quirks)
      for await (const batch of serverSentEvents(response.body as AsyncIterable<Uint8Array>)) {
        const deltas: ModelDelta[] = []
        let failed: { error: unknown } | undefined
        try {
          for (const data of batch) if (!stream.ended || quirks.streamEnd === 'finish_reason') stream.take(data, deltas)
        } catch (error) {
          failed = { error }
        }
        // What came before the error in the same chunk has arrived all the same.
        for (const delta of deltas) yield delta
        if (failed !== undefined) throw failed.error
      }
      if (stream.ended)
        yield { type: 'finish', response: await assemble(stream.completion, response, sent, stream.raw) }
    },
  }
}

import type { FinishKind } from '@insidellms/core'
import type { Chunk, ScriptedReply, WireReply } from './reply.ts'
import type { RecordedRequest } from './scripted-server.ts'

/** An answer in portable terms, for the vendor's own bytes to be made of. What the vendor cannot express is left out. */
export interface WireAnswer {
  /** The text in the pieces in which a stream sends it; a whole answer has them joined. */
  text: readonly string[]
  /** The vendor's own word for why it ended. */
  finish: string
  usage?: { inputTokens: number; outputTokens: number } | undefined
  /** The model that answered. It is never the one that was asked for. */
  model?: string | undefined
  responseId?: string | undefined
  /** Goes into the vendor's header for it. */
  requestId?: string | undefined
  fingerprint?: string | undefined
  reasoning?: readonly string[] | undefined
  toolCalls?: readonly { id: string; name: string; arguments: string }[] | undefined
  refusal?: string | undefined
  /** One for each piece of `text`. */
  logprobs?: readonly WireLogprob[] | undefined
}

export interface WireLogprob {
  token: string
  logprob: number
  top: readonly { token: string; logprob: number }[]
}

export interface WireError {
  status: number
  message: string
  /** Goes into the vendor's header for it. */
  requestId?: string | undefined
}

/**
 * How one vendor's bytes look: pure functions, written from its documentation or its recordings. Each is told the
 * request, because many vendors answer one path with a stream or with a whole body, as the request asks.
 */
export interface VendorWire {
  /** The vendor's word for each kind of ending that it has. */
  finishReasons: { stop: string } & Partial<Record<FinishKind, string>>
  /**
   * A whole body in one chunk, or a stream with one event a chunk when the request asks for a stream. The last chunk of
   * a stream is the vendor's terminal marker, and holds no text.
   */
  answer(answer: WireAnswer, request: RecordedRequest): WireReply
  /** The error body of this status. */
  error(error: WireError, request: RecordedRequest): WireReply
  /** The answer to a prompt that does not fit the context window. */
  overflow?(request: RecordedRequest): WireReply
  /** A well-formed body with no answer in it, such as an empty list of choices. */
  noAnswer?(request: RecordedRequest): WireReply
  /** The event with which a stream reports a failure after it began. */
  streamError?(message: string, request: RecordedRequest): Chunk
  /** The vendor's list of models. */
  models?(ids: readonly string[], request: RecordedRequest): WireReply
  /** The vendor's answer to a request to count tokens. */
  tokenCount?(count: number, request: RecordedRequest): WireReply
  /**
   * Answers what the driver asks beside the model call, such as the engine's version or the model's details. Undefined
   * for the model call itself.
   */
  aside?(request: RecordedRequest): ScriptedReply | undefined
}

import type { ResponsePart } from './chat-message.ts'
import type { JsonObject, JsonValue } from './json.ts'

export type FinishKind =
  /** The model ended by itself, or at a stop text. */
  | 'stop'
  /** The limit of tokens was reached: the answer is cut. */
  | 'length'
  | 'tool-calls'
  /** The vendor withheld the answer or part of it. */
  | 'content-filter'
  /** The model declined. */
  | 'refusal'
  /** The vendor paused a long turn; send the parts back to go on. */
  | 'pause'
  /** A reason that has no portable name; `raw` has the vendor's. */
  | 'other'

export interface Finish {
  kind: FinishKind
  /** The vendor's own word, or null where it gave none. */
  raw: string | null
}

/** Tokens. A missing field was not reported: that is not the same as 0. */
export interface Usage {
  /** All prompt tokens, those read from a cache included. */
  inputTokens?: number
  /** All generated tokens, reasoning included where the vendor counts it so. */
  outputTokens?: number
  totalTokens?: number
  reasoningTokens?: number
  /** Prompt tokens that were read from the vendor's cache. */
  cachedInputTokens?: number
  /** Prompt tokens that were written to the vendor's cache. */
  cacheWriteTokens?: number
  /** The vendor's usage object as received. */
  raw?: JsonObject
}

export interface TokenLogprob {
  token: string
  /** Natural logarithm of the probability; null where the vendor gives none (the first prompt token). */
  logprob: number | null
  /** UTF-8 bytes of the token, where the vendor reports them. */
  bytes?: number[]
  /** The most likely alternatives at this place, best first. */
  top?: { token: string; logprob: number; bytes?: number[] }[]
}

export interface LedgerEntry {
  /**
   * - `sent`: the value is on the wire as asked.
   * - `mapped`: it is there in another shape.
   * - `adjusted`: another value was sent than asked, or one that was not asked for.
   * - `refused`: it was not sent.
   */
  status: 'sent' | 'mapped' | 'adjusted' | 'refused'
  /** Where in the request it stands: a JSON Pointer (RFC 6901) into `request`. */
  wire?: string
  /** The value at `wire`. */
  value?: JsonValue
  /** Why it was mapped, adjusted or refused. */
  reason?: string
}

/** One entry per option asked for; a `providerOptions` entry stands under `providerOptions.<key>`. */
export type Ledger = Record<string, LedgerEntry>

/** What answered, read from the response and never copied from the request. */
export interface Served {
  /** The model that the vendor says it used. */
  model?: string
  responseId?: string
  requestId?: string
  /** The vendor's fingerprint of its backend configuration. */
  fingerprint?: string
  /** The upstream provider, where a router chose one. */
  route?: string
  /** Quantisation of the weights, such as `Q8_0` or `fp8`. */
  quantization?: string
  /** SHA-256 of the weights, for local models: lowercase hex. */
  sha256?: string
  /** The engine and its version or build, such as `llama.cpp b5000`. */
  engine?: string
  /** The vendor SDK that carried the call. */
  sdk?: { name: string; version: string }
}

export interface HttpFacts {
  status: number
  /** Response headers, names in lower case, cookies left out. */
  headers: Record<string, string>
}

export interface Timing {
  /** ISO 8601, UTC. */
  startedAt: string
  /** Milliseconds to the first streamed token; absent when the answer was not streamed. */
  firstTokenMs?: number
  /** Milliseconds from the first attempt to the end, waits between attempts included. */
  totalMs: number
  /** Requests made; 0 for an answer from a cache. */
  attempts: number
}

/** One answer, JSON through and through: it survives `JSON.parse(JSON.stringify(response))`. */
export interface ModelResponse {
  /** The text parts, joined. */
  text: string
  parts: ResponsePart[]
  finish: Finish
  /** Absent when the vendor reported none. */
  usage?: Usage
  logprobs?: TokenLogprob[]
  /** Log probabilities of the prompt's tokens, where the engine gives them. */
  promptLogprobs?: TokenLogprob[]
  ledger: Ledger
  served: Served
  http?: HttpFacts
  /** The body as sent. */
  request?: JsonValue
  /** The body as received; for a stream, the list of its events. */
  raw?: JsonValue
  timing: Timing
}

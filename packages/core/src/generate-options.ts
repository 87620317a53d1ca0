import type { JsonObject } from './json.ts'

export interface ToolDefinition {
  name: string
  description?: string
  /** JSON Schema of the arguments, an object schema. */
  parameters: JsonObject
  /** Ask the vendor to enforce the schema, where it can. */
  strict?: boolean
}

export type ToolChoice = 'auto' | 'none' | 'required' | { name: string }

export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json' }
  | { type: 'json_schema'; schema: JsonObject; name?: string; description?: string; strict?: boolean }

export interface ReasoningOptions {
  /** How much the model may think, in the vendors' common words. */
  effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh'
  /** The same as a number of tokens, where the vendor counts them. */
  budgetTokens?: number
}

/**
 * The options that mean the same at every vendor. None has a default of ours: what is not given is not sent, and what
 * is given shows in the response's `ledger`.
 */
export interface PortableOptions {
  /** Randomness of sampling; 0 asks for the most likely token. */
  temperature?: number
  /** Nucleus sampling: the probability mass to sample from, 0 to 1. */
  topP?: number
  /** Sample from this many most likely tokens. */
  topK?: number
  /** The most tokens to generate. */
  maxTokens?: number
  /** Texts that end the answer. A single text is the same as a list of one. */
  stop?: string | string[]
  /** Asks for repeatable sampling. No remote vendor guarantees it; read `served.fingerprint`. */
  seed?: number
  presencePenalty?: number
  frequencyPenalty?: number
  /** Ask for the log probability of every generated token. */
  logprobs?: boolean
  /** How many alternatives to report per token; needs `logprobs`. */
  topLogprobs?: number
  responseFormat?: ResponseFormat
  tools?: ToolDefinition[]
  toolChoice?: ToolChoice
  reasoning?: ReasoningOptions
}

export type PortableOption = keyof PortableOptions

export interface CallOptions {
  /** Aborts the request; the call then throws `aborted`. */
  signal?: AbortSignal
  /** Milliseconds for one attempt, from the request to the last byte. Default: 600 000 (10 minutes). */
  timeoutMs?: number
  /** Put on the wire verbatim, at the top level of the vendor's request body, and recorded in the ledger. */
  providerOptions?: JsonObject
  /** What to do with an option that the driver does not support. Default: `warn`, and leave it out. */
  onUnsupported?: 'warn' | 'error'
}

export interface GenerateOptions extends PortableOptions, CallOptions {}

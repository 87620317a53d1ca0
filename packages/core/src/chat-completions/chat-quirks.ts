import type { PortableOption } from '../generate-options.ts'

/**
 * How a server's chat completions differ from OpenAI's, as data. Whatever is left out is as at OpenAI.
 */
export interface ChatQuirks {
  /** The portable options that reach the model. */
  supports?: readonly PortableOption[]
  /** The field of `maxTokens`. Default: `max_completion_tokens`. */
  maxTokensField?: 'max_completion_tokens' | 'max_tokens'
  /** The field of `seed`. Default: `seed`. */
  seedField?: 'seed' | 'random_seed'
  /** How `reasoning` goes out: as `reasoning_effort`, or as an object `reasoning`. Default: `reasoning_effort`. */
  reasoningField?: 'reasoning_effort' | 'reasoning'
  /** The role of system messages. Default: `system`. */
  systemRole?: 'system' | 'developer'
  /** Ask a stream for its usage with `stream_options.include_usage`. Default: true. */
  streamUsage?: boolean
  /**
   * What ends a stream: the text `[DONE]`, or a chunk with a `finish_reason` for servers that close behind it. Default:
   * `done`.
   */
  streamEnd?: 'done' | 'finish_reason'
  /** The field of an assistant message that takes earlier reasoning back. Default: none; it is left out. */
  assistantReasoningField?: 'reasoning_content' | 'reasoning' | 'reasoning_details'
}

import type { JsonObject } from './json.ts'

/** What is known of a model without a request. */
export interface ModelInfo {
  /** The name it is shown under. */
  name: string
  /** The registry's type name of the provider, such as `openai`. */
  provider: string
  /** What the vendor calls the model. */
  modelId: string
  /** The context window in tokens, or null when unknown. */
  maxTokens: number | null
  supportsStreaming: boolean
  supportsChat: boolean
  /**
   * More that the driver knows; never a secret. The runner's preflight reads `floating` (whether the name may come to mean
   * another model), `retires` (the day it is switched off, YYYY-MM-DD), and `backend: 'local'` (`countTokens` runs in this
   * process).
   */
  extra: JsonObject
}

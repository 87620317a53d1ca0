import type { ChatQuirks } from '@insidellms/core/chat-completions'

/** What is known of a vendor or server: where it is, where its key stands, and how it differs from OpenAI. */
export interface VendorPreset {
  baseUrl: string
  /** The environment variable of its key; absent for servers that want none. */
  apiKeyVariable?: string
  quirks: ChatQuirks
}

export type VendorName = 'deepseek' | 'groq' | 'llama-server' | 'lmstudio' | 'mistral' | 'together'

const sampling = ['temperature', 'topP', 'maxTokens', 'stop', 'seed'] as const
const tooling = ['responseFormat', 'tools', 'toolChoice'] as const
const penalties = ['presencePenalty', 'frequencyPenalty'] as const
const probabilities = ['logprobs', 'topLogprobs'] as const

/**
 * Sources, read in November 2026: the API references of Groq (console.groq.com/docs), Together (docs.together.ai),
 * DeepSeek (api-docs.deepseek.com), Mistral (docs.mistral.ai), LM Studio (lmstudio.ai/docs), llama.cpp (tools/server/README.md).
 */
export const vendorPresets: Readonly<Record<VendorName, VendorPreset>> = {
  deepseek: {
    baseUrl: 'https://api.deepseek.com/v1',
    apiKeyVariable: 'DEEPSEEK_API_KEY',
    quirks: {
      supports: ['temperature', 'topP', 'maxTokens', 'stop', ...penalties, ...probabilities, ...tooling],
      maxTokensField: 'max_tokens',
    },
  },
  groq: {
    baseUrl: 'https://api.groq.com/openai/v1',
    apiKeyVariable: 'GROQ_API_KEY',
    quirks: { supports: [...sampling, ...tooling, 'reasoning'] },
  },
  'llama-server': {
    baseUrl: 'http://127.0.0.1:8080/v1',
    quirks: {
      supports: [...sampling, 'topK', ...penalties, ...probabilities, ...tooling],
      maxTokensField: 'max_tokens',
    },
  },
  lmstudio: {
    baseUrl: 'http://127.0.0.1:1234/v1',
    quirks: { supports: [...sampling, 'topK', ...penalties, ...tooling], maxTokensField: 'max_tokens' },
  },
  mistral: {
    baseUrl: 'https://api.mistral.ai/v1',
    apiKeyVariable: 'MISTRAL_API_KEY',
    quirks: {
      supports: [...sampling, ...penalties, ...tooling],
      maxTokensField: 'max_tokens',
      seedField: 'random_seed',
      // It reports usage in the last chunk unasked, and refuses fields that it does not know.
      streamUsage: false,
    },
  },
  together: {
    baseUrl: 'https://api.together.xyz/v1',
    apiKeyVariable: 'TOGETHER_API_KEY',
    quirks: { supports: [...sampling, 'topK', ...penalties, ...tooling], maxTokensField: 'max_tokens' },
  },
}

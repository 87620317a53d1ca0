import { describeProvider } from '@insidellms/conformance/vitest'
import { createAnthropicDriver } from '../src/anthropic-driver.ts'
import { anthropicWire } from './anthropic-wire.ts'

describeProvider({
  createDriver: ({ url, apiKey }) => createAnthropicDriver({ modelName: 'asked-model', apiKey, baseUrl: url }),
  wire: anthropicWire,
  package: new URL('..', import.meta.url),
  sdk: ['@anthropic-ai/sdk'],
  skip: {
    'option-seed': 'The API has no seed.',
    'option-presencePenalty': 'The API has no penalties.',
    'option-frequencyPenalty': 'The API has no penalties.',
    'option-logprobs': 'The API gives no log probabilities.',
    'option-topLogprobs': 'The API gives no log probabilities.',
    logprobs: 'The API gives no log probabilities.',
    'stream-logprobs': 'The API gives no log probabilities.',
    'served-fingerprint': 'The API has no fingerprint of its backend.',
    refusal: 'A refusal is a way to end, and has no words of its own.',
    'malformed-arguments': 'A whole answer has its arguments as an object, and cannot have them malformed.',
  },
})

import { describeProvider } from '@insidellms/conformance/vitest'
import { createOllamaDriver } from '../src/ollama-driver.ts'
import { ollamaWire } from './ollama-wire.ts'

describeProvider({
  createDriver: ({ url, apiKey }) => createOllamaDriver({ modelName: 'asked-model', apiKey, baseUrl: url }),
  wire: ollamaWire,
  package: new URL('..', import.meta.url),
  sdk: ['ollama'],
  skip: {
    'option-toolChoice': 'Only auto, which is what the API does unasked: it leaves the choice to the model.',
    'served-response-id': 'The API gives its answers no id.',
    'served-fingerprint': 'The API has no fingerprint of its backend.',
    'served-request-id': 'The API gives its requests no id.',
    'error-request-id': 'The API gives its requests no id.',
    refusal: 'The API has no refusals apart from text.',
    'malformed-arguments': 'An answer has its arguments as an object, and cannot have them malformed.',
    'count-tokens': 'The API has no call for it.',
  },
})

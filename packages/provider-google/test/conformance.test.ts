import { describeProvider } from '@insidellms/conformance/vitest'
import { createGeminiDriver } from '../src/gemini-driver.ts'
import { geminiWire } from './gemini-wire.ts'

describeProvider({
  createDriver: ({ url, apiKey }) => createGeminiDriver({ modelName: 'asked-model', apiKey, baseUrl: url }),
  wire: geminiWire,
  package: new URL('..', import.meta.url),
  sdk: ['@google/genai'],
  skip: {
    'served-fingerprint': 'The API has no fingerprint of its backend.',
    'served-request-id': 'The API gives its requests no id.',
    'error-request-id': 'The API gives its requests no id.',
    refusal: 'A refusal is a finish reason, and has no words of its own.',
    'malformed-arguments': 'An answer has its arguments as an object, and cannot have them malformed.',
  },
})

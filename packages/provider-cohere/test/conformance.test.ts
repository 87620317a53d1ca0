import { describeProvider } from '@insidellms/conformance/vitest'
import { createCohereDriver } from '../src/cohere-driver.ts'
import { cohereWire } from './cohere-wire.ts'

describeProvider({
  createDriver: ({ url, apiKey }) => createCohereDriver({ modelName: 'asked-model', apiKey, baseUrl: url }),
  wire: cohereWire,
  package: new URL('..', import.meta.url),
  skip: {
    'option-topLogprobs': 'The API gives no alternatives to a token.',
    logprobs: 'The API gives no alternatives to a token.',
    'served-model': 'The API does not say which model answered.',
    'served-fingerprint': 'The API has no fingerprint of its backend.',
    refusal: 'The API has no refusals apart from text.',
    'count-tokens': 'The vendor counts a text, and not a chat with its template.',
  },
})

import { chatCompletionsWire } from '@insidellms/conformance'
import { createMinimalDriver } from './minimal-driver.mjs'

export default {
  createDriver: ({ url, apiKey }) => createMinimalDriver({ baseUrl: url, apiKey }),
  wire: chatCompletionsWire,
  skip: {
    'option-topP': 'Left out to keep the example short.',
    'option-topK': 'The API has no top_k.',
    'option-presencePenalty': 'Left out to keep the example short.',
    'option-frequencyPenalty': 'Left out to keep the example short.',
    'option-responseFormat': 'Left out to keep the example short.',
    'option-reasoning': 'Left out to keep the example short.',
    'list-models': 'Left out to keep the example short.',
    'count-tokens': 'The API has no call for it.',
    package: 'This driver is no package yet.',
  },
}

import { chatCompletionsWire } from '@insidellms/conformance'
import { describeProvider } from '@insidellms/conformance/vitest'
import { createOpenAICompatibleDriver } from '../src/openai-compatible-driver.ts'

describeProvider({
  createDriver: ({ url, apiKey }) =>
    createOpenAICompatibleDriver({ modelName: 'asked-model', apiKey, baseUrl: `${url}/v1` }),
  wire: chatCompletionsWire,
  package: new URL('..', import.meta.url),
  sdk: ['openai'],
  skip: {
    'option-topK': 'OpenAI itself has no top_k; a vendor that has it says so in its quirks.',
    'count-tokens': 'The wire has no call for it.',
  },
})

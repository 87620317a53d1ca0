import { describeProvider } from '@insidellms/conformance/vitest'
import { createHuggingFaceDriver } from '../src/huggingface-driver.ts'
import { huggingFaceWire } from './huggingface-wire.ts'

describeProvider({
  createDriver: ({ url, apiKey }) => createHuggingFaceDriver({ modelName: 'asked-model', apiKey, endpointUrl: url }),
  wire: huggingFaceWire,
  package: new URL('..', import.meta.url),
  sdk: ['@huggingface/inference', '@huggingface/transformers'],
  skip: {
    'option-topK': 'Chat completions of Hugging Face have no top_k; providerOptions can send it.',
    'count-tokens': 'The wire has no call for it.',
  },
})

import { chatCompletionsWire, json } from '@insidellms/conformance'
import { describeProvider } from '@insidellms/conformance/vitest'
import { createVllmDriver } from '../src/vllm-driver.ts'

describeProvider({
  createDriver: ({ url, apiKey }) => createVllmDriver({ modelName: 'asked-model', apiKey, baseUrl: `${url}/v1` }),
  wire: {
    ...chatCompletionsWire,
    aside: ({ path }) =>
      path === '/version' ? json({ version: '0.11.2' }) : path === '/v1/models' ? json({ data: [] }) : undefined,
  },
  package: new URL('..', import.meta.url),
  sdk: ['openai'],
  skip: {
    'option-reasoning': 'vLLM takes reasoning_effort for every model, and most ignore it.',
    'count-tokens': 'The wire has no call for it.',
  },
})

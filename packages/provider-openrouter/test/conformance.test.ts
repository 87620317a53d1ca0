import { chatCompletionsWire, json } from '@insidellms/conformance'
import { describeProvider } from '@insidellms/conformance/vitest'
import { createOpenRouterDriver } from '../src/openrouter-driver.ts'

describeProvider({
  createDriver: ({ url, apiKey }) =>
    createOpenRouterDriver({ modelName: 'asked-model', apiKey, baseUrl: `${url}/api/v1` }),
  wire: {
    ...chatCompletionsWire,
    aside: ({ path }) => (path.endsWith('/endpoints') ? json({ data: { endpoints: [] } }) : undefined),
  },
  package: new URL('..', import.meta.url),
  sdk: ['openai'],
  skip: { 'count-tokens': 'The wire has no call for it.' },
})

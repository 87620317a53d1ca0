import { json } from '@insidellms/conformance'
import { describeProvider } from '@insidellms/conformance/vitest'
import { chatWire } from '@insidellms/test-support'
import { describe } from 'vitest'
import { createOpenAIDriver } from '../src/openai-driver.ts'
import { responsesWire } from './responses-wire.ts'

const description = { package: new URL('..', import.meta.url), sdk: ['openai'] }
const tokenCount = (count: number) => json({ object: 'response.input_tokens', input_tokens: count })

describe('chat completions', () => {
  describeProvider({
    ...description,
    createDriver: ({ url, apiKey }) => createOpenAIDriver({ modelName: 'asked-model', apiKey, baseUrl: `${url}/v1` }),
    wire: { ...chatWire, tokenCount },
    skip: { 'option-topK': 'The API has no top_k.' },
  })
})

describe('responses', () => {
  describeProvider({
    ...description,
    createDriver: ({ url, apiKey }) =>
      createOpenAIDriver({ modelName: 'asked-model', apiKey, baseUrl: `${url}/v1`, api: 'responses' }),
    wire: { ...responsesWire, tokenCount },
    skip: {
      'option-topK': 'The API has no top_k.',
      'option-stop': 'The API has no stop texts.',
      'option-seed': 'The API has no seed.',
      'option-presencePenalty': 'The API has no penalties.',
      'option-frequencyPenalty': 'The API has no penalties.',
      'served-fingerprint': 'The API has no fingerprint of its backend.',
    },
  })
})

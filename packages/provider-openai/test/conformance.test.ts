import { describeProvider } from '@insidellms/conformance/vitest'
import { describe } from 'vitest'
import { openaiChat, openaiResponses } from './openai-wire.ts'

describe('chat completions', () => {
  describeProvider(openaiChat)
})

describe('responses', () => {
  describeProvider(openaiResponses)
})

import type { ChatMessage } from '@insidellms/core'
import { expectLedger, loadBodyValidator, randomChat, randomOptions } from '@insidellms/test-support'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyOf } from './support.ts'

const options = randomOptions({
  maxTokens: fc.integer({ min: 16, max: 4096 }),
  providerOptions: fc.constant({ user: 'u-1', metadata: { run: 'a' } }),
})

const turns: ChatMessage[] = [
  {
    role: 'assistant',
    content: [
      { type: 'text', text: 'Let me see.' },
      { type: 'tool-call', id: 'call_1', name: 'look', arguments: '{"at":"sky"}' },
    ],
  },
]

describe.for([
  ['chat', '/chat/completions'],
  ['responses', '/responses'],
] as const)('%s: bodies and ledger', ([api, route]) => {
  const validate = loadBodyValidator('openai.openapi.json', route)

  it('agree for 200 random option sets, and keep to the published schema where it is at hand', async () => {
    await fc.assert(
      fc.asyncProperty(options, randomChat(turns, 'anywhere'), async (given, chat) => {
        const { body, response } = await bodyOf(chat, given, api)
        expect(validate?.(body) ?? []).toEqual([])
        expectLedger(response.ledger, body, given, { plain: ['model', 'messages', 'input'] })
      }),
      { numRuns: 200 },
    )
  })
})

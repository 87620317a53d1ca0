import type { ChatMessage } from '@insidellms/core'
import { expectLedger, loadBodyValidator, randomChat, randomOptions } from '@insidellms/test-support'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyOf } from './support.ts'

const options = randomOptions({ providerOptions: fc.constant({ safety_mode: 'STRICT', priority: 3 }) })

const turns: ChatMessage[] = [
  {
    role: 'assistant',
    content: [
      { type: 'reasoning', text: 'Plan.', providerMetadata: { cohere: { type: 'tool_plan' } } },
      { type: 'reasoning', text: 'Hm.', providerMetadata: { cohere: { type: 'thinking' } } },
      { type: 'reasoning', text: 'Of another vendor.' },
      {
        type: 'text',
        text: 'Let me see.',
        annotations: [
          { start: 0, end: 3, text: 'Let', sources: [{ type: 'document', id: 'd1', document: { id: 'd1' } }] },
          { type: 'url_citation', url: 'https://example.com' },
        ],
      },
      { type: 'tool-call', id: 'call_1', name: 'look', arguments: '{"at":"sky"}' },
      { type: 'tool-call', id: 'call_2', name: 'look', arguments: '{"at":' },
      { type: 'other', kind: 'web_search_call', data: { type: 'web_search_call', id: 'ws_1' } },
    ],
  },
  { role: 'tool', toolCallId: 'call_1', content: 'blue', isError: true },
  { role: 'tool', toolCallId: 'call_2', content: 'blue' },
]

describe('bodies and ledger', () => {
  const validate = loadBodyValidator('cohere.openapi.yaml', '/v2/chat')

  it('agree for 200 random option sets, and keep to the published schema where it is at hand', async () => {
    await fc.assert(
      fc.asyncProperty(options, randomChat(turns, 'anywhere'), async (given, chat) => {
        const { body, response } = await bodyOf(chat, given)
        expect(validate?.(body) ?? []).toEqual([])
        expectLedger(response.ledger, body, given, { sometimes: ['strictTools'] })
      }),
      { numRuns: 200 },
    )
  })
})

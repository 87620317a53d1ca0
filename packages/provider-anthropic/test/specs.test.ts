import type { ChatMessage } from '@insidellms/core'
import { expectLedger, loadBodyValidator, randomChat, randomOptions } from '@insidellms/test-support'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyOf } from './support.ts'

const options = randomOptions({
  maxTokens: fc.integer({ min: 0, max: 64_000 }),
  providerOptions: fc.constant({ metadata: { user_id: 'u-1' }, service_tier: 'auto' }),
})

const turns: ChatMessage[] = [
  {
    role: 'assistant',
    content: [
      { type: 'reasoning', text: 'Hm.', providerMetadata: { anthropic: { type: 'thinking', signature: 'c2ln' } } },
      { type: 'reasoning', text: 'Of another vendor.' },
      {
        type: 'text',
        text: 'Let me see.',
        annotations: [
          {
            type: 'char_location',
            cited_text: 'see',
            document_index: 0,
            document_title: null,
            start_char_index: 0,
            end_char_index: 3,
            file_id: null,
          },
          { type: 'url_citation', url: 'https://example.com' },
        ],
      },
      { type: 'tool-call', id: 'call_1', name: 'look', arguments: '{"at":"sky"}' },
      { type: 'tool-call', id: 'call_2', name: 'look', arguments: '{"at":' },
      { type: 'other', kind: 'web_search_call', data: { type: 'web_search_call', id: 'ws_1' } },
      {
        type: 'other',
        kind: 'server_tool_use',
        data: { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'sky' } },
      },
    ],
  },
  { role: 'tool', toolCallId: 'call_1', content: 'blue', isError: true },
  { role: 'tool', toolCallId: 'call_2', content: 'blue' },
]

/** The API demands `max_tokens`, and has a field of its own for system messages. */
const habits = { always: ['maxTokens'], sometimes: ['thinking'], plain: ['model', 'messages', 'system', 'stream'] }

describe('bodies and ledger', () => {
  const validate = loadBodyValidator('anthropic.tryagi.openapi.yaml', '/v1/messages')

  it('agree for 200 random option sets, and keep to the published schema where it is at hand', async () => {
    await fc.assert(
      fc.asyncProperty(options, randomChat(turns, 'first'), async (given, chat) => {
        const { body, headers, response } = await bodyOf(chat, given)
        expect(validate?.(body) ?? []).toEqual([])
        expectLedger(response.ledger, body, given, habits)
        const sampled = ['temperature', 'top_p', 'top_k'].some((field) => field in body)
        expect(headers['anthropic-version'] === '2023-06-01').toBe(sampled)
      }),
      { numRuns: 200 },
    )
  })
})

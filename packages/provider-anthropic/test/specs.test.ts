import type { ChatMessage, GenerateOptions, JsonObject, Ledger } from '@insidellms/core'
import { loadBodyValidator } from '@insidellms/test-support'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyOf } from './support.ts'

const text = fc.string({ minLength: 1, maxLength: 20 })
const name = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,20}$/)
const schema = fc.constant<JsonObject>({
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
})

const options = fc.record(
  {
    temperature: fc.double({ min: 0, max: 2, noNaN: true }),
    topP: fc.double({ min: 0, max: 1, noNaN: true }),
    topK: fc.integer({ min: 1, max: 100 }),
    maxTokens: fc.integer({ min: 0, max: 64_000 }),
    stop: fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 4 })),
    seed: fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
    presencePenalty: fc.double({ min: -2, max: 2, noNaN: true }),
    frequencyPenalty: fc.double({ min: -2, max: 2, noNaN: true }),
    logprobs: fc.boolean(),
    topLogprobs: fc.integer({ min: 0, max: 20 }),
    responseFormat: fc.oneof(
      fc.constant({ type: 'text' as const }),
      fc.constant({ type: 'json' as const }),
      fc.record({ type: fc.constant('json_schema' as const), schema, name, strict: fc.boolean() }),
    ),
    tools: fc.array(
      fc.record(
        { name, description: text, parameters: schema, strict: fc.boolean() },
        { requiredKeys: ['name', 'parameters'] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    toolChoice: fc.oneof(fc.constantFrom('auto' as const, 'none' as const, 'required' as const), fc.record({ name })),
    reasoning: fc.record(
      {
        effort: fc.constantFrom(
          'none' as const,
          'minimal' as const,
          'low' as const,
          'medium' as const,
          'xhigh' as const,
        ),
        budgetTokens: fc.integer({ min: 0, max: 9999 }),
      },
      { requiredKeys: [] },
    ),
    providerOptions: fc.constant({ metadata: { user_id: 'u-1' }, service_tier: 'auto' }),
  },
  { requiredKeys: [] },
)

const messages: fc.Arbitrary<ChatMessage[]> = fc
  .array(
    fc.oneof(
      fc.record({ role: fc.constant('user' as const), content: text }),
      fc.constant<ChatMessage>({
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', image: new Uint8Array([137, 80, 78, 71]), detail: 'low' },
          { type: 'image', image: 'https://example.com/cat.png' },
          { type: 'image', image: 'data:image/gif;base64,R0lGODlhAQABAAAAACw=' },
        ],
      }),
      fc.constant<ChatMessage>({
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
      }),
      fc.constant<ChatMessage>({ role: 'tool', toolCallId: 'call_1', content: 'blue', isError: true }),
      fc.constant<ChatMessage>({ role: 'tool', toolCallId: 'call_2', content: 'blue' }),
      fc.constant<ChatMessage>({ role: 'assistant', content: 'Hello.' }),
    ),
    { maxLength: 5 },
  )
  .chain((list) =>
    fc
      .array(fc.record({ role: fc.constant('system' as const), content: text }), { maxLength: 2 })
      .map((leading) => [...leading, ...list, { role: 'user', content: 'Go on.' }]),
  )

describe('bodies and ledger', () => {
  const validate = loadBodyValidator('anthropic.tryagi.openapi.yaml', '/v1/messages')

  it('agree for 200 random option sets, and keep to the published schema where it is at hand', async () => {
    await fc.assert(
      fc.asyncProperty(options, messages, async (given, chat) => {
        const { body, headers, response } = await bodyOf(chat, given)
        expect(validate?.(body) ?? []).toEqual([])
        expectLedger(response.ledger, body, given)
        const sampled = ['temperature', 'top_p', 'top_k'].some((field) => field in body)
        expect(headers['anthropic-version'] === '2023-06-01').toBe(sampled)
      }),
      { numRuns: 200 },
    )
  })

  it('takes a single prompt as one user message', async () => {
    const { body: generated } = await bodyOf('Hi', { temperature: 0 })
    const { body: chatted } = await bodyOf([{ role: 'user', content: 'Hi' }], { temperature: 0 })
    expect(generated).toEqual(chatted)
  })
})

/** Every option asked for is in the ledger; what it points at is in the body; nothing else is in the body. */
function expectLedger(ledger: Ledger, body: Record<string, unknown>, asked: GenerateOptions): void {
  const { providerOptions, ...portable } = asked
  const expected = new Set([
    'maxTokens',
    ...Object.keys(portable),
    ...Object.keys(providerOptions ?? {}).map((key) => `providerOptions.${key}`),
  ])
  const told = Object.keys(ledger).filter((key) => key !== 'messages' && key !== 'thinking')
  expect(told.sort()).toEqual([...expected].sort())
  const pointed = new Set(['model', 'messages', 'system', 'stream'])
  for (const [option, entry] of Object.entries(ledger)) {
    if (entry.wire === undefined) {
      expect(entry, option).toMatchObject({ status: 'refused', reason: expect.any(String) })
      continue
    }
    if (entry.status === 'adjusted') expect(entry.reason, option).toEqual(expect.any(String))
    const path = entry.wire.slice(1).split('/')
    pointed.add(path[0]!)
    const there = path.reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], body)
    if (option !== 'messages') expect(JSON.stringify(there), option).toBe(JSON.stringify(entry.value))
    if (entry.status === 'sent' && !option.startsWith('providerOptions.')) {
      const value = portable[option as keyof typeof portable]
      const asked = option === 'stop' && typeof value === 'string' ? [value] : value
      expect(JSON.stringify(entry.value), option).toBe(JSON.stringify(asked))
    }
  }
  expect(Object.keys(body).filter((field) => !pointed.has(field))).toEqual([])
}

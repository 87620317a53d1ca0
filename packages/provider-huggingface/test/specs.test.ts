import { readFileSync } from 'node:fs'
import type { ChatMessage, GenerateOptions, JsonObject, Ledger } from '@insidellms/core'
import { type BodyValidator, loadBodyValidator, sharedPath } from '@insidellms/test-support'
import { Ajv } from 'ajv'
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
    maxTokens: fc.integer({ min: 1, max: 4096 }),
    stop: fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 4 })),
    seed: fc.integer({ min: 0, max: 2 ** 40 }),
    presencePenalty: fc.double({ min: -2, max: 2, noNaN: true }),
    frequencyPenalty: fc.double({ min: -2, max: 2, noNaN: true }),
    logprobs: fc.boolean(),
    topLogprobs: fc.integer({ min: 0, max: 5 }),
    responseFormat: fc.oneof(
      fc.constant({ type: 'text' as const }),
      fc.constant({ type: 'json' as const }),
      fc.record(
        { type: fc.constant('json_schema' as const), schema, name, description: text, strict: fc.boolean() },
        { requiredKeys: ['type', 'schema'] },
      ),
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
      { effort: fc.constantFrom('none' as const, 'low' as const, 'high' as const), budgetTokens: fc.nat(9999) },
      { requiredKeys: [] },
    ),
    providerOptions: fc.constant({ top_k: 5, tool_prompt: 'Use tools.' }),
  },
  { requiredKeys: [] },
)

const messages: fc.Arbitrary<ChatMessage[]> = fc
  .array(
    fc.oneof(
      fc.record({ role: fc.constant('system' as const), content: text }),
      fc.record({ role: fc.constant('user' as const), content: text }),
      fc.constant<ChatMessage>({
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', image: new Uint8Array([137, 80, 78, 71]), detail: 'low' },
          { type: 'image', image: 'https://example.com/cat.png' },
        ],
      }),
      fc.constant<ChatMessage>({
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Hm.' },
          { type: 'text', text: 'Let me see.' },
          { type: 'tool-call', id: 'call_1', name: 'look', arguments: '{"at":"sky"}' },
          { type: 'other', kind: 'web_search_call', data: { id: 'ws_1' } },
        ],
      }),
      fc.constant<ChatMessage>({ role: 'tool', toolCallId: 'call_1', content: 'blue' }),
      fc.constant<ChatMessage>({ role: 'assistant', content: 'Hello.' }),
    ),
    { maxLength: 5 },
  )
  .map((list) => [...list, { role: 'user', content: 'Go on.' }])

/**
 * The tasks' schemas are files of their own, not an OpenAPI document. They keep its `nullable`, which JSON Schema has not;
 * no null is sent. Their `oneOf` overlap, so that they can only mean `anyOf`.
 */
function loadTaskValidator(): BodyValidator | undefined {
  const path = sharedPath('specs/huggingface-tasks/chat-completion.input.json')
  if (path === undefined) return undefined
  const clean = readFileSync(path, 'utf8')
    .replaceAll('"oneOf"', '"anyOf"')
    .replaceAll(/,\s*"nullable": true/g, '')
  const { $schema: _, ...document } = JSON.parse(clean)
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(document)
  return (body) =>
    validate(body) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

describe('bodies and ledger', () => {
  const tasks = loadTaskValidator()
  const tgi = loadBodyValidator('tgi.openapi.json', '/v1/chat/completions')

  it.for([
    ['OpenAI', {}, tasks],
    ['TGI', { server: 'tgi' }, tgi],
  ] as const)(
    'agree for 200 random option sets in the dialect of %s, and keep to its published schema where it is at hand',
    { timeout: 120_000 },
    async ([, settings, validate]) => {
      await fc.assert(
        fc.asyncProperty(options, messages, async (given, chat) => {
          const { body, response } = await bodyOf(chat, given, settings)
          expect(validate?.(nullable(body)) ?? []).toEqual([])
          expect(response.request).toEqual(body)
          expectLedger(response.ledger, body, given)
        }),
        { numRuns: 200 },
      )
    },
  )

  it('takes a single prompt as one user message', async () => {
    const { body: generated } = await bodyOf('Hi', { temperature: 0 })
    const { body: chatted } = await bodyOf([{ role: 'user', content: 'Hi' }], { temperature: 0 })
    expect(generated).toEqual(chatted)
  })
})

/**
 * Both schemas want a message to have a `content` that is a text or a list, or to have `tool_calls`; and they describe
 * the arguments of a call in one place with the parameters of a tool. What is said of the rest of a turn is checked.
 */
function nullable(body: Record<string, unknown>): Record<string, unknown> {
  const turns = (body['messages'] as JsonObject[]).map(({ content, ...rest }) =>
    content === null ? rest : { content, ...rest },
  )
  return { ...body, messages: turns }
}

/** Every option asked for is in the ledger; what it points at is in the body; nothing else is in the body. */
function expectLedger(ledger: Ledger, body: Record<string, unknown>, asked: GenerateOptions): void {
  const { providerOptions, ...portable } = asked
  const expected = [
    ...Object.keys(portable),
    ...Object.keys(providerOptions ?? {}).map((key) => `providerOptions.${key}`),
  ]
  expect(
    Object.keys(ledger)
      .filter((key) => key !== 'messages')
      .sort(),
  ).toEqual(expected.sort())
  const pointed = new Set(['model', 'messages'])
  for (const [option, entry] of Object.entries(ledger)) {
    if (entry.wire === undefined) {
      expect(['refused', 'mapped'], option).toContain(entry.status)
      expect(entry.reason, option).toEqual(expect.any(String))
      continue
    }
    if (entry.status === 'adjusted') expect(entry.reason, option).toEqual(expect.any(String))
    pointed.add(entry.wire.slice(1))
    if (option !== 'messages') expect(body[entry.wire.slice(1)], option).toEqual(entry.value)
    if (entry.status === 'sent' && !option.startsWith('providerOptions.')) {
      const value = portable[option as keyof typeof portable]
      const wanted = option === 'stop' && typeof value === 'string' ? [value] : value
      // As JSON: core makes -0 a 0.
      expect(JSON.stringify(entry.value), option).toBe(JSON.stringify(wanted))
    }
  }
  expect(Object.keys(body).filter((field) => !pointed.has(field))).toEqual([])
}

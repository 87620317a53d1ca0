import { readFileSync } from 'node:fs'
import type { ChatMessage, JsonObject } from '@insidellms/core'
import {
  type BodyValidator,
  expectLedger,
  loadBodyValidator,
  randomChat,
  randomOptions,
  sharedPath,
} from '@insidellms/test-support'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyOf } from './support.ts'

const options = randomOptions({
  maxTokens: fc.integer({ min: 1, max: 4096 }),
  seed: fc.integer({ min: 0, max: 2 ** 40 }),
  topLogprobs: fc.integer({ min: 0, max: 5 }),
  providerOptions: fc.constant({ top_k: 5, tool_prompt: 'Use tools.' }),
})

const turns: ChatMessage[] = [
  {
    role: 'assistant',
    content: [
      { type: 'reasoning', text: 'Hm.' },
      { type: 'text', text: 'Let me see.' },
      { type: 'tool-call', id: 'call_1', name: 'look', arguments: '{"at":"sky"}' },
      { type: 'other', kind: 'web_search_call', data: { id: 'ws_1' } },
    ],
  },
]

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
        fc.asyncProperty(options, randomChat(turns, 'anywhere'), async (given, chat) => {
          const { body, response } = await bodyOf(chat, given, settings)
          expect(validate?.(nullable(body)) ?? []).toEqual([])
          expect(response.request).toEqual(body)
          expectLedger(response.ledger, body, given, { implied: ['responseFormat'] })
        }),
        { numRuns: 200 },
      )
    },
  )
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

import type { ChatMessage, DatasetItem, JsonObject } from '@insidellms/core'
import {
  fieldNames,
  firstField,
  isObject,
  promptFieldsAfter,
  readTexts,
  referenceFields,
} from '../items/item-fields.ts'
import { describe, readPrompt } from '../items/read-prompt.ts'
import { type Question, readQuestion } from '../items/read-question.ts'
import { inferCanary } from './find-canary.ts'

/** An attack with what tells whether it succeeded. */
export interface Attack {
  messages: ChatMessage[]
  /** Harmless texts that the attack tells the model to say. */
  canaries: string[]
  /** Texts that the model must not give away, or must not say in any form. */
  secrets: string[]
  /** `resist` for an attack, `comply` for a harmless request that looks like one. */
  expected: 'resist' | 'comply'
  /** The honest task's answer, where the item has one. */
  question?: Question
}

const attackFields = promptFieldsAfter('prompt', 'attack', 'task')

/**
 * Reads an item's attack; a text says what is wrong. Without `canary` and `secret`, the word that the prompt tells the
 * model to say is the canary; without that either, only a refusal resists.
 */
export function readAttack(item: DatasetItem): Attack | string {
  if (typeof item === 'string') return readAttack({ prompt: item })
  if (!isObject(item))
    return `The item must be an object with ${fieldNames(attackFields)}, or a text; it is ${describe(item)}.`
  const messages = readMessages(item)
  if (typeof messages === 'string') return messages
  const canaries = readTexts(item['canary'] ?? item['canaries'] ?? item['target_output'] ?? [])
  const secrets = readTexts(item['secret'] ?? item['secrets'] ?? item['forbidden'] ?? [])
  if (canaries === undefined || canaries.includes('')) return '"canary" must be a text or a list of them.'
  if (secrets === undefined || secrets.includes('')) return '"secret" (or forbidden) must be a text or a list of them.'
  const expected = item['expected_behavior'] ?? 'resist'
  if (expected !== 'resist' && expected !== 'comply')
    return `"expected_behavior" must be "resist" or "comply"; it is ${describe(expected)}.`
  const question = firstField(item, referenceFields) === undefined ? undefined : readQuestion(item)
  if (typeof question === 'string') return question
  const inferred =
    canaries.length + secrets.length > 0 || expected === 'comply' ? undefined : inferCanary(lastText(messages))
  return {
    messages,
    canaries: inferred === undefined ? canaries : [inferred],
    secrets,
    expected,
    ...(question !== undefined && { question }),
  }
}

function readMessages(item: JsonObject): ChatMessage[] | string {
  const prompt = readPrompt(item, attackFields)
  if (typeof prompt === 'string') return prompt
  if ('messages' in prompt) return prompt.messages
  const { system, document } = item
  for (const [name, value] of Object.entries({ system, document }))
    if (value !== undefined && value !== null && (typeof value !== 'string' || value.trim() === ''))
      return `"${name}" must be a text; it is ${describe(value)}.`
  const content = typeof document === 'string' ? `${prompt.text}\n\n<document>\n${document}\n</document>` : prompt.text
  const user: ChatMessage = { role: 'user', content }
  return typeof system === 'string' ? [{ role: 'system', content: system }, user] : [user]
}

function lastText(messages: readonly ChatMessage[]): string {
  const content = messages.at(-1)?.content
  return typeof content === 'string' ? content : ''
}

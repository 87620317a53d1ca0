import type { ChatMessage, JsonObject, JsonValue } from '@insidellms/core/driver'
import { fieldNames, firstField, isObject, parseStructured, promptFields } from './item-fields.ts'

/** A text that a probe puts into its prompt, or a whole chat that is sent as it is. */
export type ItemPrompt = { text: string } | { messages: ChatMessage[] }

/** The item's question or task, or what is wrong with it as a text. */
export function readPrompt(item: JsonObject, names: readonly string[] = promptFields): ItemPrompt | string {
  const messages = item['messages']
  if (messages !== undefined && messages !== null) return readMessages(parseStructured(messages))
  const field = firstField(item, names)
  if (field === undefined) return `The item has no ${fieldNames(names)}.`
  if (typeof field.value !== 'string' && typeof field.value !== 'number')
    return `"${field.name}" must be a text; it is ${describe(field.value)}.`
  const text = String(field.value)
  return text.trim() === '' ? `"${field.name}" is empty.` : { text }
}

function readMessages(value: JsonValue): ItemPrompt | string {
  if (!Array.isArray(value) || value.length === 0) return '"messages" must be a list of at least one message.'
  const messages: ChatMessage[] = []
  for (const [index, message] of value.entries()) {
    if (!isObject(message)) return `"messages"[${index}] must be an object with role and content.`
    const { role, content } = message
    if (role !== 'system' && role !== 'user' && role !== 'assistant')
      return `"messages"[${index}].role must be system, user or assistant.`
    if (typeof content !== 'string' || content === '') return `"messages"[${index}].content must be a text.`
    messages.push({ role, content })
  }
  return messages.at(-1)?.role === 'user' ? { messages } : 'The last of "messages" must be from the user.'
}

/** What a JSON value is, for messages. */
export function describe(value: JsonValue | undefined): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return value === '' ? 'empty' : `${JSON.stringify(value)}`
}

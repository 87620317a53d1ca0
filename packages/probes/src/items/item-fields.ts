import type { JsonObject, JsonValue } from '@insidellms/core/driver'

/** Names under which a question or task is read, the first one present. */
export const promptFields: readonly string[] = ['question', 'problem', 'prompt', 'task', 'instruction', 'input']

/** The same names, with those first that mean the prompt in this probe's items when an item has several. */
export function promptFieldsAfter(...first: readonly string[]): readonly string[] {
  return [...new Set([...first, ...promptFields])]
}

/** Names under which the right answer is read, the first one present: a text, a number, a boolean, or a list of them. */
export const referenceFields: readonly string[] = [
  'reference_answer',
  'reference_answers',
  'reference',
  'references',
  'expected',
  'expected_answer',
  'expected_output',
  'correct_answers',
  'answer',
  'answers',
  'target',
]

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The first of these fields that is there and not null. */
export function firstField(item: JsonObject, names: readonly string[]): { name: string; value: JsonValue } | undefined {
  for (const name of names) {
    const value = item[name]
    if (value !== undefined && value !== null) return { name, value }
  }
  return undefined
}

/** "question" (or problem, prompt), for messages. */
export function fieldNames(names: readonly string[]): string {
  const [first, ...others] = names
  return others.length === 0 ? `"${first}"` : `"${first}" (or ${others.join(', ')})`
}

/** A field's list or object, also where a CSV column holds it as JSON text. Other values as they are. */
export function parseStructured(value: JsonValue): JsonValue {
  if (typeof value !== 'string' || !/^\s*[[{]/u.test(value)) return value
  try {
    return JSON.parse(value) as JsonValue
  } catch {
    return value
  }
}

/** A single value or a list of them as texts; undefined when there is anything but texts, numbers and booleans. */
export function readTexts(value: JsonValue): string[] | undefined {
  const parsed = parseStructured(value)
  const list = Array.isArray(parsed) ? parsed : [parsed]
  const texts: string[] = []
  for (const entry of list) {
    if (typeof entry === 'boolean') texts.push(entry ? 'yes' : 'no')
    else if (typeof entry === 'string' || typeof entry === 'number') texts.push(String(entry))
    else return undefined
  }
  return texts
}

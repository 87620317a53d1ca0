import type { JsonObject, JsonValue } from '@insidellms/core/driver'
import { isObject, parseStructured, readTexts } from '../items/item-fields.ts'
import { describe } from '../items/read-prompt.ts'
import { type Instruction, makeInstruction } from './read-instructions.ts'

const formats: Record<string, string> = {
  json: 'detectable_format:json_format',
  numbered_list: 'detectable_format:numbered_list',
  bullet_list: 'detectable_format:bullet_list',
  single_word: 'detectable_format:single_word',
  single_sentence: 'detectable_format:single_sentence',
  paragraph: 'detectable_format:paragraph',
  code: 'detectable_format:code_only',
}

const languageCodes: Record<string, string> = {
  english: 'en',
  spanish: 'es',
  portuguese: 'pt',
  french: 'fr',
  german: 'de',
  italian: 'it',
  dutch: 'nl',
  polish: 'pl',
  russian: 'ru',
  ukrainian: 'uk',
  arabic: 'ar',
  hindi: 'hi',
  japanese: 'ja',
  korean: 'ko',
  chinese: 'zh',
}

type Reader = (value: JsonValue) => Instruction | string

const range =
  (id: string, bound: 'min' | 'max'): Reader =>
  (value) =>
    makeInstruction(id, { [bound]: value })
const list =
  (id: string, argument: string): Reader =>
  (value) =>
    makeInstruction(id, { [argument]: readTexts(value) ?? value })

/** The constraints of the Python original's datasets, as the rules that check them. */
const readers: Record<string, Reader> = {
  format: (value) => {
    const id = typeof value === 'string' ? formats[value] : undefined
    return id === undefined
      ? `"constraints".format must be one of ${Object.keys(formats).join(', ')}; it is ${describe(value)}.`
      : makeInstruction(id, {})
  },
  max_words: range('length_constraints:words', 'max'),
  min_words: range('length_constraints:words', 'min'),
  max_characters: range('length_constraints:characters', 'max'),
  min_characters: range('length_constraints:characters', 'min'),
  max_items: range('detectable_format:list_items', 'max'),
  min_items: range('detectable_format:list_items', 'min'),
  include_keywords: list('keywords:existence', 'keywords'),
  exclude_keywords: list('keywords:forbidden_words', 'forbidden_words'),
  language: (value) => {
    const name = String(value).trim().toLowerCase()
    return makeInstruction('language:response_language', { language: languageCodes[name] ?? name })
  },
}

/**
 * Reads `constraints`; a text says what is wrong. A constraint that no rule can check, such as a tone, is wrong too: the
 * `judge` probe is for those.
 */
export function readConstraints(item: JsonObject): Instruction[] | string {
  const given = item['constraints']
  if (given === undefined || given === null) return []
  const constraints = parseStructured(given)
  if (!isObject(constraints)) return `"constraints" must be an object; it is ${describe(given)}.`
  const read: Instruction[] = []
  for (const [name, value] of Object.entries(constraints)) {
    if (value === null) continue
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined
    if (reader === undefined)
      return `"constraints".${name} cannot be checked by a rule; known: ${Object.keys(readers).join(', ')}. The judge probe scores what rules cannot.`
    const instruction = reader(value)
    if (typeof instruction === 'string') return instruction
    read.push(instruction)
  }
  return read
}

import type { DatasetItem, JsonObject, JsonValue } from '@insidellms/core'
import { isObject, parseStructured, readTexts } from '../items/item-fields.ts'
import { describe } from '../items/read-prompt.ts'
import { type Question, readQuestion } from '../items/read-question.ts'

/** A question with a stereotyped answer among its choices. */
export interface StereotypeItem {
  kind: 'stereotype'
  question: Question
  /** The choice that the stereotype takes. */
  stereotype?: string
}

/** One of two prompts that differ in nothing but the group they name. */
export interface PairedPrompt {
  text: string
  /** Words that name its group; they are masked before the answers are compared. */
  group: string[]
}

/** The same prompt about two groups, once or several times. */
export interface PairsItem {
  kind: 'pairs'
  pairs: [PairedPrompt, PairedPrompt][]
  /** What both answers must come to, where the item has a reference. */
  question?: Question
}

/** Reads an item of either form; a text says what is wrong. */
export function readBias(item: DatasetItem): StereotypeItem | PairsItem | string {
  if (!isObject(item))
    return `The item must be an object with a question and choices, or with two prompts; it is ${describe(item)}.`
  if (['prompt_a', 'prompt_b', 'pairs'].some((name) => item[name] !== undefined && item[name] !== null))
    return readPairs(item)
  return readStereotype(item)
}

/** BBQ's own fields (`context`, `ans0` to `ans2`, `label`, `target_loc`) are read as well as plain ones. */
function readStereotype(item: JsonObject): StereotypeItem | string {
  const choices = item['choices'] ?? bbqChoices(item)
  if (choices === undefined)
    return 'The item has no "choices" (or ans0, ans1, ans2), and no "prompt_a" and "prompt_b" (or pairs).'
  const texts = readTexts(choices)
  if (texts === undefined) return '"choices" must be a list of texts.'
  const label = typeof item['label'] === 'number' ? texts[item['label']] : item['label']
  const { context } = item
  if (context !== undefined && context !== null && typeof context !== 'string') return '"context" must be a text.'
  const asked = typeof item['question'] === 'string' ? item['question'] : ''
  const question = readQuestion({
    ...item,
    choices,
    ...(context && asked !== '' ? { question: `${context}\n\n${asked}` } : {}),
    ...(label !== undefined && { reference_answer: item['reference_answer'] ?? label }),
  })
  if (typeof question === 'string') return question
  const given = item['stereotype'] ?? item['target_loc'] ?? null
  if (given === null) return { kind: 'stereotype', question }
  const stereotype = typeof given === 'number' ? texts[given] : texts.find((text) => text === given)
  if (stereotype === undefined) return `"stereotype" must be one of "choices"; it is ${describe(given)}.`
  return { kind: 'stereotype', question, stereotype }
}

function bbqChoices(item: JsonObject): JsonValue[] | undefined {
  const answers = [item['ans0'], item['ans1'], item['ans2']]
  return answers.every((answer) => typeof answer === 'string') ? (answers as string[]) : undefined
}

function readPairs(item: JsonObject): PairsItem | string {
  const groups = readGroups(item)
  if (typeof groups === 'string') return groups
  const listed = item['pairs'] === undefined || item['pairs'] === null ? null : parseStructured(item['pairs'])
  const entries: JsonValue[] = Array.isArray(listed)
    ? listed
    : [{ a: item['prompt_a'] ?? null, b: item['prompt_b'] ?? null }]
  if (entries.length === 0) return '"pairs" must have at least one pair.'
  const pairs: [PairedPrompt, PairedPrompt][] = []
  for (const [index, entry] of entries.entries()) {
    const name = listed === null ? '' : `"pairs"[${index}]: `
    const [a, b] = Array.isArray(entry)
      ? entry
      : isObject(entry)
        ? [entry['a'] ?? entry['prompt_a'], entry['b'] ?? entry['prompt_b']]
        : []
    for (const [field, text] of [
      ['prompt_a', a],
      ['prompt_b', b],
    ] as const)
      if (typeof text !== 'string' || text.trim() === '')
        return `${name}"${field}" must be a text; it is ${describe(text)}.`
    pairs.push([
      { text: a as string, group: groups[0] },
      { text: b as string, group: groups[1] },
    ])
  }
  const hasReference = item['reference_answer'] !== undefined && item['reference_answer'] !== null
  const question = hasReference ? readQuestion({ ...item, question: pairs[0]![0].text }) : undefined
  if (typeof question === 'string') return question
  return { kind: 'pairs', pairs, ...(question !== undefined && { question }) }
}

function readGroups(item: JsonObject): [string[], string[]] | string {
  const groups = [readTexts(item['group_a'] ?? []), readTexts(item['group_b'] ?? [])]
  if (groups.includes(undefined)) return '"group_a" and "group_b" must be texts or lists of texts.'
  return groups as [string[], string[]]
}

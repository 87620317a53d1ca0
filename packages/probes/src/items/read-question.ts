import type { DatasetItem, JsonObject } from '@insidellms/core'
import { type AnswerKind, answerKinds, inferAnswerKind } from '../answers/answer-kind.ts'
import { findNumbers } from '../answers/find-numbers.ts'
import { fieldNames, firstField, isObject, parseStructured, readTexts, referenceFields } from './item-fields.ts'
import { describe, type ItemPrompt, readPrompt } from './read-prompt.ts'

/** A question with the answers that it is scored against. */
export interface Question {
  prompt: ItemPrompt
  kind: AnswerKind
  /** Each of them is right. Letters of choices are resolved to the choices. */
  references: string[]
  /** Answers that are wrong even beside a right one, as in TruthfulQA (Lin et al. 2022). */
  incorrect: string[]
  choices?: string[]
  tolerance?: number
  relativeTolerance?: number
}

/** The item as a question, or what is wrong with it as a text. */
export function readQuestion(item: DatasetItem): Question | string {
  if (!isObject(item)) return `The item must be an object with a question and a reference; it is ${describe(item)}.`
  const prompt = readPrompt(item)
  if (typeof prompt === 'string') return prompt
  const field = firstField(item, referenceFields)
  if (field === undefined) return `The item has no reference to score against: add ${fieldNames(referenceFields)}.`
  const references = readTexts(field.value)
  if (references === undefined || references.length === 0 || references.some((text) => text.trim() === ''))
    return `"${field.name}" must be a text, a number, a boolean or a list of them; it is ${describe(field.value)}.`
  const incorrect = readTexts(item['incorrect_answers'] ?? [])
  if (incorrect === undefined) return '"incorrect_answers" must be a list of texts.'
  const numbers = readTolerances(item)
  if (typeof numbers === 'string') return numbers
  const question = { prompt, references, incorrect, ...numbers }
  return item['choices'] === undefined || item['choices'] === null
    ? withKind(question, item['answer_type'])
    : withChoices(question, item)
}

type Draft = Omit<Question, 'kind'>

function withKind(question: Draft, asked: JsonObject[string] | undefined): Question | string {
  const kind = asked ?? inferAnswerKind(question.references)
  if (!answerKinds.includes(kind as AnswerKind)) return `"answer_type" must be one of ${answerKinds.join(', ')}.`
  if (kind === 'choice') return '"answer_type" is choice, so the item needs "choices".'
  if (kind === 'number' && question.references.some((reference) => findNumbers(reference).length !== 1))
    return 'The reference must hold one number, because "answer_type" is number.'
  if (kind === 'boolean' && inferAnswerKind(question.references) !== 'boolean')
    return 'The reference must be yes or no, because "answer_type" is boolean.'
  return { ...question, kind: kind as AnswerKind }
}

function withChoices(question: Draft, item: JsonObject): Question | string {
  const given = parseStructured(item['choices']!)
  const choices = readTexts(isObject(given) ? Object.values(given) : given)
  if (choices === undefined || choices.length < 2 || choices.length > 26) return '"choices" must be 2 to 26 texts.'
  const references: string[] = []
  for (const reference of question.references) {
    const index = choiceIndex(reference, choices)
    if (index === undefined) return `The reference "${reference}" is none of "choices", and no letter of one.`
    references.push(choices[index]!)
  }
  return { ...question, kind: 'choice', references, choices }
}

/** A reference to a choice is its text or its letter. The text goes first: a choice may be called "B". */
function choiceIndex(reference: string, choices: readonly string[]): number | undefined {
  const byText = choices.indexOf(reference)
  if (byText >= 0) return byText
  const letter = /^\(?([A-Za-z])\)?\.?$/u.exec(reference.trim())?.[1]?.toUpperCase()
  const index = letter === undefined ? -1 : letter.codePointAt(0)! - 65
  return index >= 0 && index < choices.length ? index : undefined
}

function readTolerances(item: JsonObject): Pick<Question, 'tolerance' | 'relativeTolerance'> | string {
  const numbers: Pick<Question, 'tolerance' | 'relativeTolerance'> = {}
  for (const [field, key] of [
    ['tolerance', 'tolerance'],
    ['relative_tolerance', 'relativeTolerance'],
  ] as const) {
    const value = item[field]
    if (value === undefined || value === null || value === '') continue
    const number = Number(value)
    if (!(number >= 0)) return `"${field}" must be a number of 0 or more; it is ${describe(value)}.`
    numbers[key] = number
  }
  return numbers
}

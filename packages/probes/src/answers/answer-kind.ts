import { readNumber } from './find-numbers.ts'

/** What sort of answer a question wants; it decides how the answer is taken out of a text and compared. */
export type AnswerKind = 'boolean' | 'number' | 'choice' | 'text'

export const answerKinds: readonly AnswerKind[] = ['boolean', 'number', 'choice', 'text']

/** The kind that all references agree on, else `text`. */
export function inferAnswerKind(references: readonly string[]): AnswerKind {
  if (references.length === 0) return 'text'
  if (references.every((reference) => readBoolean(reference) !== undefined)) return 'boolean'
  if (references.every((reference) => readNumber(reference) !== undefined)) return 'number'
  return 'text'
}

/** True for yes and true, false for no and false, undefined for anything else. */
export function readBoolean(text: string): boolean | undefined {
  const word = text.trim().replace(/[.!]$/u, '').toLowerCase()
  if (word === 'yes' || word === 'true') return true
  if (word === 'no' || word === 'false') return false
  return undefined
}

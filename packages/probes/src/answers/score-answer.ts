import type { Question } from '../items/read-question.ts'
import { bestOf, quote, type Score } from '../scorers/score.ts'
import { normalizeText } from '../scorers/normalize-text.ts'
import { scoreMultipleChoice } from '../scorers/multiple-choice.ts'
import { scoreNormalized } from '../scorers/normalized.ts'
import { scoreNumeric } from '../scorers/numeric.ts'
import { readBoolean } from './answer-kind.ts'
import { extractChoice } from './extract-choice.ts'
import { extractFinalAnswer, type FinalAnswer } from './extract-final-answer.ts'
import { findClaim } from './find-claim.ts'
import { findNumbers } from './find-numbers.ts'

export interface AnswerScore extends Score {
  /** Whether a final answer could be read at all. */
  answered: boolean
  /** The answer as read. */
  extracted?: string
}

/** Scores a free text against a question's references. The reason says what was read as the answer, and where. */
export function scoreAnswer(text: string, question: Question): AnswerScore {
  if (text.trim() === '') return { score: 0, answered: false, reason: 'The answer is empty.' }
  if (question.kind === 'choice') return scoreChoice(text, question.choices!, question.references)
  const found = extractFinalAnswer(text, question.kind)
  if (found === undefined)
    return { score: 0, answered: false, reason: `No final answer could be read (${wanted[question.kind]}).` }
  const { score, reason } = compare(found, question)
  return {
    score,
    answered: true,
    extracted: found.text,
    reason: `Read ${quote(found.text)} from ${found.how}. ${reason}`,
  }
}

const wanted = {
  boolean: 'wanted: one verdict, yes or no',
  number: 'wanted: a number',
  text: 'wanted: a text',
} as const

function scoreChoice(text: string, choices: readonly string[], references: readonly string[]): AnswerScore {
  const taken = extractChoice(text, choices)
  const best = bestOf(references, (reference) => scoreMultipleChoice(text, choices, choices.indexOf(reference)))
  return { ...best, answered: taken !== undefined, ...(taken !== undefined && { extracted: choices[taken.index]! }) }
}

function compare(found: FinalAnswer, question: Question): Score {
  if (question.kind === 'boolean')
    return bestOf(question.references, (reference) =>
      scoreNormalized(found.text, readBoolean(reference) ? 'yes' : 'no'),
    )
  if (question.kind === 'number') {
    const { tolerance, relativeTolerance } = question
    const options = {
      ...(tolerance !== undefined && { tolerance }),
      ...(relativeTolerance !== undefined && { relativeTolerance }),
    }
    return bestOf(question.references, (reference) =>
      scoreNumeric(found.text, findNumbers(reference)[0]!.text, options),
    )
  }
  return scoreClaim(found.text, question.references, question.incorrect)
}

/** 1 when a reference is claimed and no incorrect answer is. */
export function scoreClaim(text: string, references: readonly string[], incorrect: readonly string[] = []): Score {
  // An incorrect answer that is part of a right one ("York", "New York") says nothing.
  const wrong = incorrect.find(
    (answer) =>
      !references.some((reference) => normalizeText(reference).includes(normalizeText(answer))) &&
      findClaim(text, answer) === 'asserted',
  )
  if (wrong !== undefined) return { score: 0, reason: `It claims ${quote(wrong)}, which is listed as incorrect.` }
  return bestOf(references, (reference) => {
    const claim = findClaim(text, reference)
    return { score: claim === 'asserted' ? 1 : 0, reason: `It ${said[claim]} ${quote(reference)}.` }
  })
}

const said = {
  asserted: 'claims',
  denied: 'denies',
  hedged: 'names, among alternatives,',
  absent: 'does not claim',
} as const

import { normalizeText } from '../scorers/normalize-text.ts'
import { findClaim } from './find-claim.ts'
import { findMarkedAnswer, unwrap } from './marked-answer.ts'
import { splitSentences } from './split-text.ts'
import { stripReasoning } from './strip-reasoning.ts'

/** Letters of choices: A, B, C ... */
export function choiceLetter(index: number): string {
  return String.fromCodePoint(65 + index)
}

/** The choices as the prompts of this package list them: `A) Paris`. */
export function listChoices(choices: readonly string[]): string {
  return choices.map((choice, index) => `${choiceLetter(index)}) ${choice}`).join('\n')
}

export interface ExtractedChoice {
  /** Index into the choices. */
  index: number
  how: string
}

/**
 * Which choice a text takes, or undefined when none or more than one can be read from it.
 *
 * The marked answer is read if there is one (`findMarkedAnswer`), else the whole text, else its last sentence: a letter
 * that opens it (`B`, `(b)`, `B) Paris`), the text of exactly one choice, or exactly one capital letter set apart
 * (`option C`, `(C)`, `**C**`).
 */
export function extractChoice(answer: string, choices: readonly string[]): ExtractedChoice | undefined {
  const text = stripReasoning(answer)
  const marked = findMarkedAnswer(text)
  if (marked !== undefined) return within(marked.text, choices, marked.how)
  const sentences = splitSentences(text)
  const whole = within(unwrap(text), choices, 'the text')
  if (whole !== undefined || sentences.length < 2) return whole
  return within(unwrap(sentences.at(-1)!), choices, 'the last sentence')
}

function within(segment: string, choices: readonly string[], how: string): ExtractedChoice | undefined {
  const byText = choices.findIndex((choice) => normalizeText(choice) === normalizeText(segment))
  if (byText >= 0) return { index: byText, how }
  const letters = lettersIn(segment.split(aside)[0]!, choices.length)
  if (letters.size > 1) return undefined
  const opening = /^[\s("'*_[]*([A-Za-z])(?:[)\].:*_,"']|\s*$|\s+[-–—]\s)/u.exec(segment)?.[1]
  const byLetter = opening === undefined ? -1 : opening.toUpperCase().codePointAt(0)! - 65
  if (byLetter >= 0 && byLetter < choices.length) return { index: byLetter, how }
  const named = choices.flatMap((choice, index) => (findClaim(segment, choice) === 'asserted' ? [index] : []))
  // "New York City" names "New York" too: a choice inside a longer one that is named does not count.
  const longest = named.filter(
    (index) =>
      !named.some(
        (other) => other !== index && normalizeText(choices[other]!).includes(normalizeText(choices[index]!)),
      ),
  )
  if (longest.length === 1) return { index: longest[0]!, how }
  const [only] = letters
  return only === undefined ? undefined : { index: only, how }
}

/** What follows these words speaks of the other choices. */
const aside = /(?<=\S)\s+(?:because|since|rather\s+than|instead\s+of|not|unlike|while|whereas|but)\b/iu

const letterMarks: readonly RegExp[] = [
  /\b(?:option|choice|answer)\s+\(?([A-Z])\b/gu,
  /(?<![\p{L}\p{N}'’])\(?([A-Z])\)/gu,
  /\*\*([A-Z])\*\*/gu,
  // A capital on its own; A and I are words too, and count beside another letter only.
  /(?<![\p{L}\p{N}'’])([B-HJ-Z])(?![\p{L}\p{N}'’])/gu,
  /(?<![\p{L}\p{N}'’])([AI])(?=\)?\s*(?:,|\/|&|\bor\b|\band\b)\s*\(?[A-Z](?![\p{L}\p{N}'’]))/gu,
  /(?<=(?<![\p{L}\p{N}'’])[A-Z]\)?\s*(?:,|\/|&|\bor|\band)\s*\(?)([AI])(?![\p{L}\p{N}'’])/gu,
]

/** The choices whose letters are set apart, as indices. */
function lettersIn(text: string, count: number): Set<number> {
  const found = new Set<number>()
  for (const mark of letterMarks)
    for (const [, letter] of text.matchAll(mark)) {
      const index = letter!.codePointAt(0)! - 65
      if (index < count) found.add(index)
    }
  return found
}

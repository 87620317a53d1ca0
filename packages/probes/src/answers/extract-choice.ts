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
  const last = choiceLetter(choices.length - 1)
  const letter = `[A-${last}a-${last.toLowerCase()}]`
  const opening = new RegExp(String.raw`^[\s("'*_[]*(${letter})(?:[)\].:*_,"']|\s*$|\s+[-–—]\s)`, 'u').exec(segment)
  if (opening !== null) return { index: opening[1]!.toUpperCase().codePointAt(0)! - 65, how }
  const named = choices.flatMap((choice, index) => (findClaim(segment, choice) === 'asserted' ? [index] : []))
  // "New York City" names "New York" too: a choice inside a longer one that is named does not count.
  const longest = named.filter(
    (index) =>
      !named.some(
        (other) => other !== index && normalizeText(choices[other]!).includes(normalizeText(choices[index]!)),
      ),
  )
  if (longest.length === 1) return { index: longest[0]!, how }
  const apart = new RegExp(
    String.raw`(?:\b(?:option|choice|answer)\s+\(?([A-${last}])\b)|\(([A-${last}])\)|\*\*([A-${last}])\*\*|(?<![\p{L}\p{N}'’])([B-HJ-Z])(?![\p{L}\p{N}'’])`,
    'gu',
  )
  const letters = new Set<string>()
  for (const match of segment.matchAll(apart)) letters.add((match[1] ?? match[2] ?? match[3] ?? match[4])!)
  const [only, ...others] = letters
  if (only === undefined || others.length > 0 || only > last) return undefined
  return { index: only.codePointAt(0)! - 65, how }
}

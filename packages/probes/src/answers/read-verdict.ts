import { readBoolean } from './answer-kind.ts'
import { splitSentences } from './split-text.ts'

export type Verdict = 'yes' | 'no'

/** What may stand around a word: quotes, brackets, emphasis. */
const opened = String.raw`["'“‘(*_]*`
const closed = String.raw`["'”’)*_\]}]*`
/** A verdict ends its clause, or a reason or another verdict follows. */
const ends = String.raw`(?=${closed}\s*(?:[.,;:!—–]|$)|${closed}\s+-\s|${closed}\s+(?:because|since|as|but|and|or)\b)`
const subject = '(?:it|they|he|she|this|that|these|those|there|you|we|i)'

const patterns: readonly [RegExp, Verdict][] = [
  // "No rose survives" is no verdict: "no" must end its clause or open a sentence about "it".
  [/(?<![\p{L}\p{N}'’-])yes(?![\p{L}\p{N}-])/giu, 'yes'],
  [new RegExp(String.raw`(?<![\p{L}\p{N}'’-])no${ends}`, 'giu'), 'no'],
  [new RegExp(String.raw`^${opened}no(?=\s+${subject}\b)`, 'giu'), 'no'],
  [new RegExp(String.raw`(?:(?<![\p{L}\p{N}'’-]|(?:\bnot|n['’]t|\bnever)(?:\s+\p{L}+)?\s)true${ends})`, 'giu'), 'yes'],
  [new RegExp(String.raw`(?:(?<![\p{L}\p{N}'’-]|(?:\bnot|n['’]t|\bnever)(?:\s+\p{L}+)?\s)false${ends})`, 'giu'), 'no'],
  [/(?<=\bis\s)true\b(?!\s+that\b)/giu, 'yes'],
  [/(?<=\bis\s)false\b(?!\s+that\b)/giu, 'no'],
  [/(?:\bnot|n['’]t|\bnever)(?:\s+(?:necessarily|always|strictly))?\s+true\b(?!\s+that\b)/giu, 'no'],
  [/(?:\bnot|n['’]t|\bnever)(?:\s+(?:necessarily|always|strictly))?\s+false\b(?!\s+that\b)/giu, 'yes'],
]

/**
 * Yes or no, as a text says it: yes, no, true, false, not true. The verdicts of all its sentences must agree; where they
 * do not, the sentence that comes last decides if it opens with a verdict of its own. Questions ("Yes or no?") say
 * nothing. Undefined when nothing can be told.
 */
export function readVerdict(text: string): Verdict | undefined {
  const statements = splitSentences(text).filter((sentence) => !/\?["'”’)*_]*$/u.test(sentence))
  const found = new Set(statements.flatMap(verdictsIn))
  if (found.size === 1) return [...found][0]
  const last = statements.at(-1)
  if (found.size === 0 || last === undefined || new Set(verdictsIn(last)).size !== 1) return undefined
  const opening = new RegExp(String.raw`^${opened}(yes|no|true|false)${ends}`, 'iu').exec(last)?.[1]
  return opening === undefined ? undefined : readBoolean(opening) ? 'yes' : 'no'
}

function verdictsIn(sentence: string): Verdict[] {
  return patterns.flatMap(([pattern, verdict]) => (sentence.match(pattern) ?? []).map(() => verdict))
}

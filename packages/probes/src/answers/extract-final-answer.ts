import { readBoolean, type AnswerKind } from './answer-kind.ts'
import { findNumbers } from './find-numbers.ts'
import { findMarkedAnswer, unwrap } from './marked-answer.ts'
import { countWords, splitSentences } from './split-text.ts'
import { stripReasoning } from './strip-reasoning.ts'

/** The part of a text that counts as its answer. */
export interface FinalAnswer {
  text: string
  /** Where it was found, for the explanation. */
  how: string
}

/** An unmarked answer of at most this many words is read whole. */
const shortAnswerWords = 60

/**
 * Takes the final answer out of free text. Undefined when there is none that can be told apart: that is reported as
 * such, never guessed.
 *
 * 1. Thinking between `<think>` marks is taken out.
 * 2. A marked answer wins, the last one: see `findMarkedAnswer`.
 * 3. Without a mark, by kind:
 *    - `boolean`: the verdict (yes, no, true, false, standing alone) that all of the text agrees on; where it does not
 *      agree, the one that its last sentence begins with.
 *    - `number`: a bold number, the last one; else a number that the text begins with, when it is one sentence that does
 *      not go on calculating; else the last number.
 *    - `text`: the whole of a short answer (60 words); of a longer one its first and last sentence.
 *
 * `choice` has its own extraction: `extractChoice`.
 */
export function extractFinalAnswer(answer: string, kind: Exclude<AnswerKind, 'choice'>): FinalAnswer | undefined {
  const text = stripReasoning(answer)
  if (text === '') return undefined
  const marked = findMarkedAnswer(text)
  if (marked !== undefined) {
    const inside =
      kind === 'number' ? numberInside(marked.text) : kind === 'boolean' ? verdictOf(marked.text) : undefined
    if (kind === 'text') return { text: marked.text, how: marked.how }
    return inside === undefined ? undefined : { text: inside, how: marked.how }
  }
  if (kind === 'boolean') {
    const verdict = verdictOf(text)
    return verdict === undefined ? undefined : { text: verdict, how: 'the verdict of the text' }
  }
  if (kind === 'number') return lastNumber(text)
  const sentences = splitSentences(text)
  if (sentences.length <= 2 || countWords(text) <= shortAnswerWords)
    return { text: unwrap(text), how: 'the whole text' }
  return { text: `${sentences[0]!}\n${sentences.at(-1)!}`, how: 'the first and last sentence' }
}

/** In "3 + 4 = 7" the number after the last equals sign, else the first one: "96 (12 times 8)". */
function numberInside(segment: string): string | undefined {
  const equals = Math.max(segment.lastIndexOf('='), segment.lastIndexOf('≈'))
  const numbers = findNumbers(segment)
  return (equals < 0 ? numbers[0] : numbers.find(({ at }) => at > equals))?.text
}

function lastNumber(text: string): FinalAnswer | undefined {
  const bold = [...text.matchAll(/(\*\*|__)([^*_\n]+)\1/gu)].findLast(([, , inner]) => findNumbers(inner!).length === 1)
  if (bold !== undefined) return { text: findNumbers(bold[2]!)[0]!.text, how: 'the last bold number' }
  const numbers = findNumbers(text)
  const first = numbers[0]
  if (first === undefined) return undefined
  const rest = text.slice(first.at + first.text.length)
  if (first.at === 0 && splitSentences(text).length === 1 && !/[=≈]/u.test(rest) && !/^\s*[-+*/×÷^]/u.test(rest))
    return { text: first.text, how: 'the number that the text begins with' }
  return { text: numbers.at(-1)!.text, how: 'the last number' }
}

/**
 * "no" before a noun ("no rose") is no verdict; "not true" is a no. Verdicts in a question ("Yes or no?") do not count.
 */
const verdict =
  /(?<![\p{L}\p{N}'’-])(?:(not|isn['’]t|is\s+never|cannot\s+be)\s+(?:necessarily\s+)?(true|false)|(yes|no|true|false))(?=\s*(?:["'”’)*_\]}]|\*\*)*\s*(?:[.,;:!—–-]|$|\n)|\s*(?:because|since|as|but)\b)/giu

function verdictOf(text: string): string | undefined {
  const statements = splitSentences(text).filter((sentence) => !/\?["'”’)*_]*$/u.test(sentence))
  const found = statements.flatMap((sentence) => verdictsIn(sentence))
  if (new Set(found).size === 1) return found[0]
  const last = statements.at(-1)
  const opening =
    last === undefined ? undefined : /^[\s"'“‘(*_]*(yes|no|true|false)(?=[\s"'”’)*_]*(?:[.,;:!—–-]|$))/iu.exec(last)
  return opening ? canonical(opening[1]!) : undefined
}

function verdictsIn(sentence: string): string[] {
  return [...sentence.matchAll(verdict)].map(([, negation, negated, plain]) =>
    negation === undefined ? canonical(plain!) : canonical(negated!) === 'yes' ? 'no' : 'yes',
  )
}

function canonical(word: string): 'yes' | 'no' {
  return readBoolean(word) ? 'yes' : 'no'
}

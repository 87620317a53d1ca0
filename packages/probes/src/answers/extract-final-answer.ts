import type { AnswerKind } from './answer-kind.ts'
import { findNumbers, type FoundNumber } from './find-numbers.ts'
import { findMarkedAnswer, unwrap } from './marked-answer.ts'
import { readVerdict } from './read-verdict.ts'
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
 *    - `boolean`: the verdict of the text, see `readVerdict`.
 *    - `number`: a bold number, the last one; else a number that the text begins with, when it is one sentence that does
 *      not go on calculating; else the last number. One of a list ("94, 95 or 96") is none.
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
      kind === 'number' ? numberInside(marked.text) : kind === 'boolean' ? readVerdict(marked.text) : undefined
    if (kind === 'text') return { text: marked.text, how: marked.how }
    return inside === undefined ? undefined : { text: inside, how: marked.how }
  }
  if (kind === 'boolean') {
    const verdict = readVerdict(text)
    return verdict === undefined ? undefined : { text: verdict, how: 'the verdict of the text' }
  }
  if (kind === 'number') return lastNumber(text)
  const sentences = splitSentences(text)
  if (sentences.length <= 2 || countWords(text) <= shortAnswerWords)
    return { text: unwrap(text), how: 'the whole text' }
  return { text: `${sentences[0]!}\n${sentences.at(-1)!}`, how: 'the first and last sentence' }
}

/**
 * In "3 + 4 = 7" the number after the last equals sign, else the first one: "96 (12 times 8)". Of the first sentence
 * with a number, without its reason: "5, because 2 + 2 = 4".
 */
function numberInside(marked: string): string | undefined {
  const sentence = splitSentences(marked).find((each) => findNumbers(each).length > 0) ?? marked
  const segment =
    sentence.split(/\b(?:because|since|as|given)\b|\(/iu).find((each) => findNumbers(each).length > 0) ?? sentence
  const equals = Math.max(segment.lastIndexOf('='), segment.lastIndexOf('≈'))
  const numbers = findNumbers(segment).filter(({ at }) => at > equals)
  return numbers[0] === undefined || isListed(segment, numbers, 0) ? undefined : numbers[0].text
}

function lastNumber(text: string): FinalAnswer | undefined {
  const bold = [...text.matchAll(/(\*\*|__)([^*_\n]+)\1/gu)].findLast(([, , inner]) => findNumbers(inner!).length === 1)
  if (bold !== undefined) return { text: findNumbers(bold[2]!)[0]!.text, how: 'the last bold number' }
  const numbers = findNumbers(text)
  const first = numbers[0]
  if (first === undefined) return undefined
  const rest = text.slice(first.at + first.text.length)
  const opens =
    first.at === 0 && splitSentences(text).length === 1 && !/[=≈]/u.test(rest) && !/^\s*[-+*/×÷^]/u.test(rest)
  const index = opens ? 0 : numbers.length - 1
  if (isListed(text, numbers, index)) return undefined
  return { text: numbers[index]!.text, how: opens ? 'the number that the text begins with' : 'the last number' }
}

/** Whether a number stands in a list of several, "94, 95 or 96": then it is a guess at all of them. */
function isListed(text: string, numbers: readonly FoundNumber[], index: number): boolean {
  const joined = (a: FoundNumber | undefined, b: FoundNumber | undefined): boolean =>
    a !== undefined &&
    b !== undefined &&
    a.value !== b.value &&
    /^[\s,;/|]*(?:and|or)?[\s,;/|]*$/iu.test(text.slice(a.at + a.text.length, b.at))
  return joined(numbers[index - 1], numbers[index]) || joined(numbers[index], numbers[index + 1])
}

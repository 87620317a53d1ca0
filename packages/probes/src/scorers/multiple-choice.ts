import type { TokenLogprob } from '@insidellms/core/driver'
import { InsideLLMsError } from '@insidellms/core/driver'
import { choiceLetter, extractChoice } from '../answers/extract-choice.ts'
import { quote, type Score } from './score.ts'

/** 1 when the answer takes the choice at `reference`; 0 also when it takes none or several: see `extractChoice`. */
export function scoreMultipleChoice(answer: string, choices: readonly string[], reference: number): Score {
  const taken = extractChoice(answer, choices)
  if (taken === undefined) return { score: 0, reason: `${quote(answer)} takes no single choice.` }
  return verdict(taken.index, choices, reference, `read from ${taken.how}`)
}

/** What the model thinks of each choice. */
export interface ChoiceProbabilities {
  /** One for each choice, together 1: how the probability of the letters divides among them. */
  probabilities: number[]
  /** Index of the most likely one. */
  best: number
}

/**
 * 1 when the letter of the right choice is the most likely one, by the log probabilities of the first token that is a
 * letter of a choice. The prompt must ask for the letter alone, and the request for `topLogprobs`: a letter that is not
 * among the alternatives reported counts as impossible.
 *
 * @throws {InsideLLMsError} `unsupported` when the answer has no log probability of a letter.
 */
export function scoreMultipleChoiceByLogprob(
  logprobs: readonly TokenLogprob[] | undefined,
  choices: readonly string[],
  reference: number,
): Score & ChoiceProbabilities {
  const read = choiceProbabilities(logprobs ?? [], choices.length)
  if (read === undefined)
    throw new InsideLLMsError(
      'unsupported',
      "The answer has no log probability of a choice's letter. Use a model that reports logprobs with topLogprobs, or score by text.",
    )
  const share = `probability ${read.probabilities[read.best]!.toFixed(3)} among the letters`
  return { ...verdict(read.best, choices, reference, share), ...read }
}

function verdict(taken: number, choices: readonly string[], reference: number, how: string): Score {
  const name = (index: number): string => `${choiceLetter(index)}) ${quote(choices[index]!)}`
  const right = taken === reference
  return {
    score: right ? 1 : 0,
    reason: `Took ${name(taken)}, ${how}${right ? '; right.' : `; right is ${name(reference)}.`}`,
  }
}

function choiceProbabilities(logprobs: readonly TokenLogprob[], count: number): ChoiceProbabilities | undefined {
  for (const token of logprobs) {
    if (letterIndex(token.token, count) === undefined) continue
    const alternatives = [...(token.top ?? [])]
    if (token.logprob !== null && !alternatives.some((other) => other.token === token.token))
      alternatives.push({ token: token.token, logprob: token.logprob })
    const mass = Array.from({ length: count }, () => 0)
    for (const { token: text, logprob } of alternatives) {
      const index = letterIndex(text, count)
      if (index !== undefined) mass[index]! += Math.exp(logprob)
    }
    const total = mass.reduce((sum, each) => sum + each, 0)
    if (total === 0) continue
    return { probabilities: mass.map((each) => each / total), best: mass.indexOf(Math.max(...mass)) }
  }
  return undefined
}

/** Tokens come as "B", " B" or "(B": the letter is what counts. */
function letterIndex(token: string, count: number): number | undefined {
  const letter = /^[\s(\u2581\u0120]*([A-Z])[).]?$/u.exec(token)?.[1]
  const index = letter === undefined ? -1 : letter.codePointAt(0)! - 65
  return index >= 0 && index < count ? index : undefined
}

import { quote, type Score } from './score.ts'

/** 1 when the answer is the reference, character by character, but for white space around it. */
export function scoreExact(answer: string, reference: string): Score {
  const equal = answer.trim() === reference.trim()
  return {
    score: equal ? 1 : 0,
    reason: `${quote(answer.trim())} ${equal ? 'is exactly' : 'is not exactly'} ${quote(reference.trim())}.`,
  }
}

import { normalizeText } from './normalize-text.ts'
import { quote, type Score } from './score.ts'

/** 1 when answer and reference are the same after `normalizeText`: case, punctuation, articles and Unicode form. */
export function scoreNormalized(answer: string, reference: string): Score {
  const equal = normalizeText(answer) === normalizeText(reference)
  return {
    score: equal ? 1 : 0,
    reason: `${quote(answer.trim())} ${equal ? 'matches' : 'does not match'} ${quote(reference.trim())} but for case, punctuation and articles.`,
  }
}

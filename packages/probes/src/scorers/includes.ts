import { indexOfWords } from './normalize-text.ts'
import { quote, type Score } from './score.ts'

/**
 * 1 when the reference stands in the answer as whole words, after `normalizeText`.
 *
 * It is blind to meaning: "not Paris" includes "Paris". The probes use `findClaim`, which looks at the words around.
 */
export function scoreIncludes(answer: string, reference: string): Score {
  const found = indexOfWords(answer, reference) >= 0
  return {
    score: found ? 1 : 0,
    reason: `The answer ${found ? 'has' : 'does not have'} ${quote(reference.trim())}.`,
  }
}

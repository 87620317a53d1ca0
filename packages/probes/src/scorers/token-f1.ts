import { normalizedTokens } from './normalize-text.ts'
import type { Score } from './score.ts'

/**
 * Harmonic mean of precision and recall over the words that answer and reference share, counted with repetition: the
 * F1 of SQuAD (Rajpurkar et al. 2016, arXiv:1606.05250), on this package's own normalisation.
 */
export function scoreTokenF1(answer: string, reference: string): Score {
  const said = normalizedTokens(answer)
  const wanted = normalizedTokens(reference)
  const left = new Map<string, number>()
  for (const token of wanted) left.set(token, (left.get(token) ?? 0) + 1)
  let shared = 0
  for (const token of said) {
    const count = left.get(token) ?? 0
    if (count === 0) continue
    left.set(token, count - 1)
    shared += 1
  }
  const score = shared === 0 ? 0 : (2 * shared) / (said.length + wanted.length)
  return { score, reason: `${shared} of ${wanted.length} reference words among ${said.length} words of the answer.` }
}

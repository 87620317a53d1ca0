import type { LocalRequest } from './local-request.ts'

type Sampling = Pick<LocalRequest, 'temperature' | 'topK' | 'topP' | 'presencePenalty' | 'frequencyPenalty'>

/**
 * Chooses a token: penalties, temperature, the `topK` best, then the fewest that make up `topP`, as in Python's
 * transformers. Penalties are OpenAI's, over the tokens of the answer.
 *
 * @param counts How often each token was chosen so far.
 * @param random A number from 0 to below 1; asked once, and not at all at temperature 0.
 */
export function sampleToken(
  logits: Float32Array,
  { temperature, topK, topP, presencePenalty = 0, frequencyPenalty = 0 }: Sampling,
  counts: ReadonlyMap<number, number>,
  random: () => number,
): number {
  const scores = Float32Array.from(logits)
  for (const [token, count] of counts) scores[token]! -= presencePenalty + frequencyPenalty * count
  const best = argMax(scores)
  if (temperature === 0) return best
  const count = topK > 0 ? Math.min(topK, scores.length) : scores.length
  // Their order matters to the cuts only, and sorting a vocabulary takes its time.
  const tokens = topK > 0 || topP < 1 ? topIndices(scores, count) : Array.from(scores.keys())
  const weights = tokens.map((token) => Math.exp((scores[token]! - scores[best]!) / temperature))
  let total = weights.reduce((sum, weight) => sum + weight, 0)
  let last = weights.length
  if (topP < 1) {
    const wanted = topP * total
    total = 0
    for (last = 0; last < weights.length && (total < wanted || last === 0); last++) total += weights[last]!
  }
  let place = random() * total
  for (let index = 0; index < last; index++) {
    place -= weights[index]!
    if (place < 0) return tokens[index]!
  }
  return tokens[last - 1]!
}

/** The place of the highest value, and of the first among equals. */
export function argMax(values: Float32Array): number {
  let best = 0
  for (let index = 1; index < values.length; index++) if (values[index]! > values[best]!) best = index
  return best
}

/** The places of the highest values, best first; equals in their order. */
export function topIndices(values: Float32Array, count: number): number[] {
  const order = Array.from(values.keys())
  return order.sort((one, other) => values[other]! - values[one]! || one - other).slice(0, count)
}

/** What log probabilities are counted from. */
export function logSumExp(values: Float32Array): number {
  const most = values[argMax(values)]!
  let sum = 0
  for (const value of values) sum += Math.exp(value - most)
  return most + Math.log(sum)
}

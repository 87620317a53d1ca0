/**
 * A seeded generator, so that the same runs give the same intervals everywhere.
 * Source: xoshiro128** by Blackman and Vigna (2018), seeded through SplitMix32.
 */
export class RandomSource {
  readonly #state = new Uint32Array(4)

  constructor(seed: number) {
    let state = seed >>> 0
    for (let index = 0; index < 4; index++) {
      state = (state + 0x9e3779b9) >>> 0
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
      this.#state[index] = mixed ^ (mixed >>> 15)
    }
  }

  /** 32 random bits. */
  bits(): number {
    const state = this.#state
    const product = Math.imul(state[1]!, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0
    const shifted = state[1]! << 9
    state[2]! ^= state[0]!
    state[3]! ^= state[1]!
    state[1]! ^= state[2]!
    state[0]! ^= state[3]!
    state[2]! ^= shifted
    state[3] = (state[3]! << 11) | (state[3]! >>> 21)
    return result
  }

  /** From 0 to 1, 1 excluded. */
  uniform(): number {
    return this.bits() / 0x1_0000_0000
  }

  /** A whole number from 0 to `limit`, `limit` excluded. */
  below(limit: number): number {
    return Math.floor(this.uniform() * limit)
  }

  /** Standard normal, by Box and Muller (1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform())
  }

  /** Successes in `trials` at `probability`: by inversion for few expected, else by the normal limit, rounded. */
  binomial(trials: number, probability: number): number {
    if (probability >= 1) return trials
    const expected = trials * probability
    if (expected > 200 && trials - expected > 200)
      return clamp(Math.round(expected + Math.sqrt(expected * (1 - probability)) * this.normal()), trials)
    if (probability > 0.5) return trials - this.binomial(trials, 1 - probability)
    const odds = probability / (1 - probability)
    let term = Math.exp(trials * Math.log1p(-probability))
    let left = this.uniform()
    let successes = 0
    while (left > term && successes < trials) {
      left -= term
      successes += 1
      term *= (odds * (trials - successes + 1)) / successes
    }
    return successes
  }
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(most, value))
}

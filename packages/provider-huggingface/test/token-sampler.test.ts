import { describe, expect, it } from 'vitest'
import { logSumExp, sampleToken, topIndices } from '../src/local/token-sampler.ts'

/** Probabilities 0.1, 0.4, 0.2, 0.3. */
const logits = Float32Array.from([0.1, 0.4, 0.2, 0.3], Math.log)
const plain = { temperature: 1, topK: 0, topP: 1 }
const none = new Map<number, number>()

/** The share of each token over a grid of random numbers. */
function shares(options: object, counts: ReadonlyMap<number, number> = none): number[] {
  const drawn = [0, 0, 0, 0]
  for (let step = 0; step < 1000; step++) {
    const token = sampleToken(logits, { ...plain, ...options }, counts, () => (step + 0.5) / 1000)
    drawn[token]! += 1 / 1000
  }
  return drawn.map((share) => Number(share.toFixed(2)))
}

describe('sampleToken', () => {
  it("draws from the model's own distribution at temperature 1", () => {
    expect(shares({})).toEqual([0.1, 0.4, 0.2, 0.3])
  })

  it('sharpens and flattens by temperature', () => {
    expect(shares({ temperature: 0.5 })).toEqual([0.03, 0.53, 0.13, 0.3])
    expect(shares({ temperature: 100 })).toEqual([0.25, 0.25, 0.25, 0.25])
  })

  it('keeps the topK best, then the fewest that make up topP', () => {
    expect(shares({ topK: 2 })).toEqual([0, 0.57, 0, 0.43])
    expect(shares({ topP: 0.5 })).toEqual([0, 0.57, 0, 0.43])
    expect(shares({ topP: 0 })).toEqual([0, 1, 0, 0])
    expect(shares({ topP: 0.39 })).toEqual([0, 1, 0, 0])
    expect(shares({ topK: 99 })).toEqual([0.1, 0.4, 0.2, 0.3])
  })

  it('takes penalties off what was said: once for presence, each time for frequency', () => {
    const said = new Map([[1, 2]])
    expect(sampleToken(logits, { ...plain, temperature: 0 }, said, () => 0)).toBe(1)
    expect(sampleToken(logits, { ...plain, temperature: 0, presencePenalty: 0.5 }, said, () => 0)).toBe(3)
    expect(sampleToken(logits, { ...plain, temperature: 0, frequencyPenalty: 0.1 }, said, () => 0)).toBe(1)
    expect(sampleToken(logits, { ...plain, temperature: 0, frequencyPenalty: 0.2 }, said, () => 0)).toBe(3)
  })

  it('takes the first of equals at temperature 0, and asks for no random number', () => {
    const never = (): number => expect.fail('it must not be asked')
    expect(sampleToken(Float32Array.of(1, 3, 3), { ...plain, temperature: 0 }, none, never)).toBe(1)
  })

  it('holds with logits far from zero and below any number', () => {
    const far = Float32Array.of(1e4, -1e4, -Infinity)
    expect(sampleToken(far, plain, none, () => 0.999)).toBe(0)
    expect(logSumExp(far)).toBeCloseTo(1e4)
    expect(topIndices(Float32Array.of(1, 2, 2, 0), 3)).toEqual([1, 2, 0])
  })
})

import { describe, expect, it } from 'vitest'
import { bootstrapInterval } from '../../src/statistics/bootstrap-interval.ts'
import { holmCorrection } from '../../src/statistics/holm-correction.ts'
import { minimumDetectableEffect } from '../../src/statistics/minimum-detectable-effect.ts'
import type { PairedDifferences } from '../../src/statistics/paired-differences.ts'
import { pairedProportionsInterval } from '../../src/statistics/paired-proportions-interval.ts'
import { permutationTest } from '../../src/statistics/permutation-test.ts'
import { RandomSource } from '../../src/statistics/random-source.ts'

function differences(values: readonly number[]): PairedDifferences {
  return { items: values.length, changed: values.filter((value) => value !== 0) }
}

// numpy.random.default_rng(5).normal(0.1, 0.4, 60).round(3)
const sixty = [
  -0.221, -0.43, 0.001, 0.268, 0.554, 0.144, -0.121, -0.214, 0.399, 0.754, 0.209, -0.393, -0.283, 0.74, 0.181, -0.593,
  0.067, -0.365, -0.152, -0.095, -0.185, 0.321, 0.075, -0.136, 0.264, 0.432, -0.557, -0.003, -0.292, 0.031, -0.416,
  0.108, 0.085, -0.022, -0.319, -0.058, -0.337, -0.442, 0.19, -0.344, 0.568, 0.387, -0.699, 0.209, -0.341, 0.113, 0.117,
  -0.695, 0.007, -0.002, 0.485, -0.373, 0.395, -0.34, -0.033, -0.236, 0.679, 0.327, 1.073, 0.357,
]

describe('paired permutation test', () => {
  it("gives Fisher's own figure on Darwin's maize (The Design of Experiments, 1935, section 21)", () => {
    const maize = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    // 863 of 32,768 assignments on either side.
    expect(permutationTest(differences(maize))).toBe(1726 / 32_768)
  })

  it('equals scipy.stats.permutation_test where it is exact (SciPy 1.17.1)', () => {
    expect(permutationTest(differences([0.5, -0.25, 0.125, 0.75, -0.1, 0.3, 0.2]))).toBe(0.15625)
  })

  it('is near scipy.stats.permutation_test where both draw (SciPy 1.17.1, 2,000,000 draws: 0.776)', () => {
    expect(permutationTest(differences(sixty))).toBeCloseTo(0.776, 1)
    expect(permutationTest(differences(sixty), 3)).toBe(permutationTest(differences(sixty), 3))
  })

  it('agrees with its normal limit where it changes over to it', () => {
    const many = (count: number): number[] =>
      Array.from({ length: count }, (_, index) => (index % 100 < 53 ? 0.5 : -0.5))
    expect(permutationTest(differences(many(1_900)))).toBeCloseTo(permutationTest(differences(many(2_000))), 2)
  })

  it('counts sums that differ in their last bits as equal', () => {
    // 0.1 + 0.2 - 0.3 and its mirror image are not 0 in binary.
    expect(permutationTest(differences([0.1, 0.2, -0.3]))).toBe(1)
  })

  it('does not see equal pairs', () => {
    expect(permutationTest({ items: 1_000, changed: [] })).toBe(1)
    expect(permutationTest({ items: 1_000, changed: [1, 1, 1] })).toBe(0.25)
  })
})

describe('bootstrap interval of the mean difference', () => {
  // scipy.stats.bootstrap(method='BCa', n_resamples=400_000) (SciPy 1.17.1). Pass and fail move by whole items.
  it.each([
    ['a wide spread', sixty, 0.95, -0.07797, 0.11343, 0.006],
    ['a lower confidence', sixty, 0.9, -0.06353, 0.09713, 0.006],
    ['pass and fail', [...Array<number>(7).fill(1), -1, -1, ...Array<number>(91).fill(0)], 0.95, 0, 0.11, 0.0101],
    [
      'a skew',
      [...Array<number>(180).fill(0), 1, 1, 1, ...Array<number>(5).fill(0.5), ...Array<number>(12).fill(-0.25)],
      0.95,
      -0.005,
      0.04,
      0.006,
    ],
  ])('%s', (_, values, confidence, low, high, tolerance) => {
    const interval = bootstrapInterval(differences(values), { confidence })!
    expect(Math.abs(interval.low - low)).toBeLessThan(tolerance)
    expect(Math.abs(interval.high - high)).toBeLessThan(tolerance)
  })

  it('is the same for the same seed, and another for another', () => {
    expect(bootstrapInterval(differences(sixty), { seed: 4 })).toEqual(
      bootstrapInterval(differences(sixty), { seed: 4 }),
    )
    expect(bootstrapInterval(differences(sixty), { seed: 4 })).not.toEqual(
      bootstrapInterval(differences(sixty), { seed: 5 }),
    )
  })

  it('stays silent where resampling shows no spread', () => {
    expect(bootstrapInterval({ items: 50, changed: [] })).toBeUndefined()
    expect(bootstrapInterval(differences([0.2, 0.2, 0.2]))).toBeUndefined()
    expect(bootstrapInterval(differences([1]))).toBeUndefined()
  })

  it('covers a known mean about as often as it says', () => {
    const random = new RandomSource(11)
    let covered = 0
    for (let round = 0; round < 300; round++) {
      const values = Array.from({ length: 80 }, () => {
        const u = random.uniform()
        return u < 0.15 ? 1 : u < 0.25 ? -1 : 0
      })
      const interval = bootstrapInterval(differences(values), { seed: round })!
      if (interval.low <= 0.05 && 0.05 <= interval.high) covered += 1
    }
    // 95 %, less three binomial deviations of 300 rounds and the shortfall of 80 items.
    expect(covered / 300).toBeGreaterThan(0.9)
  })

  it('gives the normal interval where drawing would take too long', () => {
    const changed = Array.from({ length: 20_000 }, (_, index) => (index % 2 === 0 ? 1 : -1) * (1 + (index % 50) / 1e9))
    const { low, high } = bootstrapInterval({ items: 100_000, changed })!
    expect(high).toBeCloseTo((1.959964 * Math.sqrt(0.2)) / Math.sqrt(100_000), 6)
    expect(low).toBeCloseTo(-high, 6)
  })
})

describe('interval of two paired pass rates', () => {
  it("follows Newcombe's method 10", () => {
    // 20 passed in both, 12 and 2 in one only, 16 in neither; the formula of the paper worked out in Python.
    const { low, high } = pairedProportionsInterval({
      bothPassed: 20,
      onlyBaselinePassed: 2,
      onlyCandidatePassed: 12,
      bothFailed: 16,
    })
    expect(low).toBeCloseTo(0.056156424841748265, 12)
    expect(high).toBeCloseTo(0.3292069954001405, 12)
  })

  it('keeps a width where nothing differs', () => {
    const { low, high } = pairedProportionsInterval({
      bothPassed: 20,
      onlyBaselinePassed: 0,
      onlyCandidatePassed: 0,
      bothFailed: 0,
    })
    expect(low).toBeCloseTo(-0.161, 2)
    expect(high).toBeCloseTo(0.161, 2)
  })

  it('knows nothing without an item', () => {
    const none = { bothPassed: 0, onlyBaselinePassed: 0, onlyCandidatePassed: 0, bothFailed: 0 }
    expect(pairedProportionsInterval(none)).toEqual({ low: -1, high: 1 })
  })
})

describe('Holm correction', () => {
  it.each([
    // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    [
      [0.01, 0.04, 0.03, 0.005],
      [0.03, 0.06, 0.06, 0.02],
    ],
    [[0.5], [0.5]],
    [[], []],
    [
      [0.6, 0.7, 0.8],
      [1, 1, 1],
    ],
  ])('%j', (given, expected) => {
    const adjusted = holmCorrection(given)
    expect(adjusted).toHaveLength(expected.length)
    for (const [index, value] of expected.entries()) expect(adjusted[index]).toBeCloseTo(value, 12)
  })
})

describe('minimum detectable effect', () => {
  it('follows from the normal quantiles where the effect is small', () => {
    // (1.959964 + 0.841621) * sqrt(0.1) / sqrt(10,000), by hand.
    expect(minimumDetectableEffect(10_000, 0.1)).toBeCloseTo(0.00886, 4)
  })

  it('grows with power and shrinks with items', () => {
    expect(minimumDetectableEffect(1_000, 0.1, { power: 0.9 })!).toBeGreaterThan(minimumDetectableEffect(1_000, 0.1)!)
    expect(minimumDetectableEffect(4_000, 0.1)!).toBeLessThan(minimumDetectableEffect(1_000, 0.1)!)
  })

  it('is unknown where nothing differed', () => {
    expect(minimumDetectableEffect(100, 0)).toBeUndefined()
    expect(minimumDetectableEffect(0, 0.1)).toBeUndefined()
  })
})

describe('random source', () => {
  it('draws binomials with the right mean and variance, few and many', () => {
    const random = new RandomSource(7)
    for (const [trials, probability] of [
      [10, 0.3],
      [1_000, 0.002],
      [100_000, 0.4],
      [50, 0.95],
    ] as const) {
      const draws = Array.from({ length: 4_000 }, () => random.binomial(trials, probability))
      const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length
      const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length
      const expected = trials * probability
      const deviation = Math.sqrt(expected * (1 - probability))
      expect(Math.abs(mean - expected)).toBeLessThan((4 * deviation) / Math.sqrt(draws.length))
      expect(variance / deviation ** 2).toBeGreaterThan(0.85)
      expect(variance / deviation ** 2).toBeLessThan(1.15)
    }
    expect(random.binomial(9, 1)).toBe(9)
  })
})

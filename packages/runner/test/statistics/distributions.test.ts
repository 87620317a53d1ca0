import { describe, expect, it } from 'vitest'
import { mcnemarTest } from '../../src/statistics/mcnemar-test.ts'
import { normalCdf, normalQuantile } from '../../src/statistics/normal-distribution.ts'
import { wilsonInterval } from '../../src/statistics/wilson-interval.ts'

/** Whether two figures agree to a number of significant digits. */
function expectClose(actual: number, expected: number, digits: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(Math.abs(expected) * 10 ** -digits)
}

describe('normal distribution, against scipy.stats.norm (SciPy 1.17.1)', () => {
  it.each([
    [1e-300, -37.0470962993612],
    [1e-10, -6.361340902404056],
    [0.025, -1.9599639845400545],
    [0.2, -0.8416212335729142],
    [0.975, 1.959963984540054],
    [0.9999999, 5.199337582290661],
  ])('ppf(%d)', (probability, expected) => expectClose(normalQuantile(probability), expected, 12))

  it.each([
    [-20, 2.7536241186061556e-89],
    [-8, 6.22096057427174e-16],
    [-3.3, 0.00048342414238377744],
    [-1.96, 0.024997895148220435],
    [0.5, 0.6914624612740131],
    [1.96, 0.9750021048517795],
    [7.5, 0.9999999999999681],
  ])('cdf(%d)', (z, expected) => expectClose(normalCdf(z), expected, z < -7 ? 7 : 12))

  it('has its middle and its ends', () => {
    expect(normalQuantile(0.5)).toBe(0)
    expect(normalQuantile(0)).toBe(-Infinity)
    expect(normalQuantile(1)).toBe(Infinity)
    expect(normalCdf(0)).toBeCloseTo(0.5, 15)
    expect(normalCdf(-38)).toBe(0)
    expect(normalCdf(38)).toBe(1)
  })
})

describe('exact McNemar test', () => {
  // 2 and 9 discordant pairs: 0.06543 in the manual of R's exact2x2. The others: scipy.stats.binomtest (SciPy 1.17.1).
  it.each([
    [2, 9, 0.0654296875],
    [1, 0, 1],
    [5, 5, 1],
    [10, 1, 0.01171875],
    [0, 20, 1.9073486328125e-6],
    [37, 61, 0.019690184799846844],
    [480, 520, 0.2174482932041415],
    [4800, 5200, 6.593515598672343e-5],
    [499_000, 501_000, 0.0456082998653896],
    [20, 400, 5.88668030041661e-93],
  ])('%d against %d', (baseline, candidate, expected) => {
    expectClose(mcnemarTest(baseline, candidate), expected, 10)
    expect(mcnemarTest(candidate, baseline)).toBe(mcnemarTest(baseline, candidate))
  })

  it('finds nothing without a discordant pair', () => expect(mcnemarTest(0, 0)).toBe(1))
})

describe('Wilson interval', () => {
  // scipy.stats.binomtest(k, n).proportion_ci(method='wilson') (SciPy 1.17.1). 81 of 263 and 15 of 148 are Newcombe's
  // examples (Statistics in Medicine 17, 1998, 857-872): 0.2553 to 0.3662, and 0.0624 to 0.1605.
  it.each([
    [0, 10, 0, 0.27753279986288926],
    [1, 10, 0.017876213095072896, 0.4041500267952385],
    [5, 10, 0.236593090512564, 0.7634069094874361],
    [10, 10, 0.7224672001371109, 1],
    [81, 263, 0.2552885198782742, 0.36620957698280004],
    [15, 148, 0.06238639953073629, 0.16048724172330803],
    [720, 1000, 0.691369927078949, 0.7469462991874066],
  ])('%d of %d', (successes, trials, low, high) => {
    const interval = wilsonInterval(successes, trials)
    expect(interval.low).toBeCloseTo(low, 12)
    expect(interval.high).toBeCloseTo(high, 12)
  })

  it('takes another confidence', () => {
    const { low, high } = wilsonInterval(81, 263, 0.99)
    expect(low).toBeCloseTo(0.24013690268760768, 12)
    expect(high).toBeCloseTo(0.3852825023182298, 12)
  })

  it('says nothing without a trial', () => expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 }))
})

import type { Interval } from './interval.ts'
import { normalCdf, normalQuantile } from './normal-distribution.ts'
import { meanDifference, type PairedDifferences } from './paired-differences.ts'
import { RandomSource } from './random-source.ts'

const resamples = 10_000
/** Draws in all, made one by one. Above, the normal interval is given: with so many differences the two agree. */
const mostDraws = 40_000_000
const mostDistinct = 16

export interface BootstrapOptions {
  /** Default: 0.95. */
  confidence?: number
  /** Default: 1. The same seed gives the same interval. */
  seed?: number
}

/**
 * Interval of the mean difference over items, by resampling items: bias-corrected and accelerated. Undefined when every
 * item differs by the same amount, since resampling then shows no spread at all.
 * Source: Efron, JASA 82 (1987); the acceleration of a mean has a closed form. Same method as SciPy's `bootstrap`.
 */
export function bootstrapInterval(
  differences: PairedDifferences,
  options: BootstrapOptions = {},
): Interval | undefined {
  const { items, changed } = differences
  const { confidence = 0.95, seed = 1 } = options
  const mean = meanDifference(differences)
  const equal = items - changed.length
  let squares = equal * mean ** 2
  let cubes = -equal * mean ** 3
  for (const value of changed) {
    squares += (value - mean) ** 2
    cubes += (value - mean) ** 3
  }
  if (items < 2 || squares <= 1e-24 * items) return undefined
  const z = normalQuantile(1 - (1 - confidence) / 2)
  if (changed.length * resamples > mostDraws && countByValue(changed) === undefined) {
    const half = (z * Math.sqrt(squares / (items - 1))) / Math.sqrt(items)
    return { low: mean - half, high: mean + half }
  }
  const means = resampledMeans(differences, new RandomSource(seed))
  const bias = normalQuantile(shareBelow(means, mean))
  const acceleration = cubes / (6 * squares ** 1.5)
  const at = (quantile: number): number => {
    const shifted = bias + quantile
    return percentile(means, normalCdf(bias + shifted / (1 - acceleration * shifted)))
  }
  return { low: at(-z), high: at(z) }
}

function resampledMeans(differences: PairedDifferences, random: RandomSource): Float64Array {
  const { items } = differences
  const counts = countByValue(differences.changed)
  const draw = counts === undefined ? drawOneByOne : drawByValue
  const means = new Float64Array(resamples)
  for (let round = 0; round < resamples; round++) means[round] = draw(differences, counts, random) / items
  return means.sort()
}

type Counts = readonly (readonly [value: number, count: number])[]

/** Undefined where the values are many, as they are of a fine score. Pass and fail give two. */
function countByValue(values: readonly number[]): Counts | undefined {
  const counts = new Map<number, number>()
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1)
    if (counts.size > mostDistinct) return undefined
  }
  return [...counts]
}

/** A multinomial draw, one binomial per value: the cost does not grow with the items. */
function drawByValue({ items }: PairedDifferences, counts: Counts = [], random: RandomSource): number {
  let sum = 0
  let draws = items
  let left = items
  for (const [value, count] of counts) {
    const drawn = random.binomial(draws, count / left)
    sum += drawn * value
    draws -= drawn
    left -= count
  }
  return sum
}

function drawOneByOne({ items, changed }: PairedDifferences, _: Counts | undefined, random: RandomSource): number {
  let sum = 0
  for (let drawn = random.binomial(items, changed.length / items); drawn > 0; drawn--)
    sum += changed[random.below(changed.length)]!
  return sum
}

/** Share of resamples below the mean, ties counted half and kept off 0 and 1, whose quantiles are infinite. */
function shareBelow(sorted: Float64Array, mean: number): number {
  const tolerance = 1e-12 * Math.max(1, Math.abs(mean))
  let below = 0
  for (const value of sorted) below += value < mean - tolerance ? 1 : value <= mean + tolerance ? 0.5 : 0
  return Math.min(Math.max(below, 0.5), sorted.length - 0.5) / sorted.length
}

/** Linear between neighbours, as NumPy's default. */
function percentile(sorted: Float64Array, probability: number): number {
  const place = Math.min(Math.max(probability, 0), 1) * (sorted.length - 1)
  const below = Math.floor(place)
  const low = sorted[below]!
  return low + (place - below) * ((sorted[below + 1] ?? low) - low)
}

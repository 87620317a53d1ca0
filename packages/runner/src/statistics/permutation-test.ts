import { normalCdf } from './normal-distribution.ts'
import type { PairedDifferences } from './paired-differences.ts'
import { RandomSource } from './random-source.ts'

/** Up to this many differences every assignment of signs is counted. */
const exactLimit = 16
/** Above this many the sum of signed differences is normal to more digits than a p value needs. */
const normalFrom = 2_000
const resamples = 20_000

/**
 * Paired permutation test of the mean: if nothing changed, each difference could as well have had the other sign. The
 * two-sided p value is the share of sign assignments whose sum is at least as far from 0. Exact for up to 16
 * differences, then from 20,000 seeded assignments with the observed one counted in (Phipson and Smyth 2010), then by
 * the normal limit. Equal pairs do not enter.
 * Source: Fisher, The Design of Experiments (1935); equals SciPy's `permutation_test(permutation_type='samples')`.
 */
export function permutationTest({ changed }: PairedDifferences, seed: number = 1): number {
  if (changed.length === 0) return 1
  const observed = Math.abs(changed.reduce((sum, value) => sum + value, 0))
  // Sums in another order differ in the last bits: such a tie must count as one.
  const atLeast = observed - 1e-9 * largest(changed)
  if (changed.length <= exactLimit) return countExact(changed, atLeast) / 2 ** changed.length
  if (changed.length >= normalFrom)
    return Math.min(1, 2 * normalCdf(-observed / Math.sqrt(changed.reduce((sum, value) => sum + value * value, 0))))
  const random = new RandomSource(seed)
  let count = 1
  for (let round = 0; round < resamples; round++) if (Math.abs(flippedSum(changed, random)) >= atLeast) count += 1
  return count / (resamples + 1)
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}

/** Goes through all assignments in the order of a Gray code: one sign turns at each step. */
function countExact(values: readonly number[], atLeast: number): number {
  const signed = [...values]
  let sum = signed.reduce((total, value) => total + value, 0)
  let count = 1
  for (let step = 1; step < 2 ** values.length; step++) {
    const turned = 31 - Math.clz32(step & -step)
    sum -= 2 * signed[turned]!
    signed[turned] = -signed[turned]!
    if (Math.abs(sum) >= atLeast) count += 1
  }
  return count
}

function flippedSum(values: readonly number[], random: RandomSource): number {
  let sum = 0
  let bits = 0
  for (let index = 0; index < values.length; index++) {
    if (index % 32 === 0) bits = random.bits()
    sum += (bits & 1) === 1 ? values[index]! : -values[index]!
    bits >>>= 1
  }
  return sum
}

import type { Interval } from './interval.ts'
import { normalQuantile } from './normal-distribution.ts'

/**
 * Score interval of a proportion. It stays inside 0 and 1 and does not collapse at either end.
 * Source: Wilson, JASA 22 (1927). Without trials it is the whole of 0 to 1.
 */
export function wilsonInterval(successes: number, trials: number, confidence: number = 0.95): Interval {
  if (trials === 0) return { low: 0, high: 1 }
  const z = normalQuantile(1 - (1 - confidence) / 2)
  const share = successes / trials
  const square = z * z
  const centre = (share + square / (2 * trials)) / (1 + square / trials)
  const half = (z * Math.sqrt((share * (1 - share)) / trials + square / (4 * trials * trials))) / (1 + square / trials)
  return { low: successes === 0 ? 0 : centre - half, high: successes === trials ? 1 : centre + half }
}

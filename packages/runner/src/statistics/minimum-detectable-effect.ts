import { normalQuantile } from './normal-distribution.ts'

export interface DetectableEffectOptions {
  /** Level of the two-sided test. Default: 0.05. */
  alpha?: number
  /** Chance to see an effect of that size. Default: 0.8. */
  power?: number
  /**
   * The least step that a sum of differences can make: 1 for pass and fail, where the exact test needs it as correction
   * for continuity. Default: 0.
   */
  step?: number
}

/**
 * The smallest true mean difference that a comparison of this size finds with the stated power. `spread` is the mean of
 * the squared differences: for pass and fail, the share of discordant pairs. Undefined when nothing differed, for then
 * the data say nothing of the spread.
 * Source: Connor, Biometrics 43 (1987), solved for the effect.
 */
export function minimumDetectableEffect(
  items: number,
  spread: number,
  options: DetectableEffectOptions = {},
): number | undefined {
  const { alpha = 0.05, power = 0.8, step = 0 } = options
  if (items === 0 || spread <= 0) return undefined
  const zAlpha = normalQuantile(1 - alpha / 2)
  const zPower = normalQuantile(power)
  const root = Math.sqrt(items)
  const threshold = zAlpha * Math.sqrt(spread) + step / root
  // (effect * root - threshold)^2 = zPower^2 * (spread - effect^2), the larger solution.
  const a = items + zPower ** 2
  const b = -2 * root * threshold
  const c = threshold ** 2 - zPower ** 2 * spread
  return (-b + Math.sqrt(Math.max(0, b * b - 4 * a * c))) / (2 * a)
}

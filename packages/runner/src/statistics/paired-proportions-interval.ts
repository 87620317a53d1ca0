import type { Interval } from './interval.ts'
import { wilsonInterval } from './wilson-interval.ts'

/** How the same items fared in both runs. */
export interface PassTable {
  bothPassed: number
  onlyBaselinePassed: number
  onlyCandidatePassed: number
  bothFailed: number
}

/**
 * Interval of the difference of two pass rates on the same items, candidate less baseline. It has a width even where no
 * item differed.
 * Source: Newcombe, Statistics in Medicine 17 (1998), method 10.
 */
export function pairedProportionsInterval(table: PassTable, confidence: number = 0.95): Interval {
  const { bothPassed, onlyBaselinePassed, onlyCandidatePassed, bothFailed } = table
  const items = bothPassed + onlyBaselinePassed + onlyCandidatePassed + bothFailed
  if (items === 0) return { low: -1, high: 1 }
  const candidatePasses = bothPassed + onlyCandidatePassed
  const baselinePasses = bothPassed + onlyBaselinePassed
  const candidate = candidatePasses / items
  const baseline = baselinePasses / items
  const ofCandidate = wilsonInterval(candidatePasses, items, confidence)
  const ofBaseline = wilsonInterval(baselinePasses, items, confidence)
  const correlation = phi(table)
  const reach = (up: number, down: number): number =>
    Math.sqrt(Math.max(0, up ** 2 - 2 * correlation * up * down + down ** 2))
  const difference = candidate - baseline
  return {
    low: difference - reach(candidate - ofCandidate.low, ofBaseline.high - baseline),
    high: difference + reach(ofCandidate.high - candidate, baseline - ofBaseline.low),
  }
}

/** Correlation of the two outcomes, with the paper's correction for continuity. */
function phi({ bothPassed, onlyBaselinePassed, onlyCandidatePassed, bothFailed }: PassTable): number {
  const margins =
    (bothPassed + onlyBaselinePassed) *
    (onlyCandidatePassed + bothFailed) *
    (bothPassed + onlyCandidatePassed) *
    (onlyBaselinePassed + bothFailed)
  if (margins === 0) return 0
  const items = bothPassed + onlyBaselinePassed + onlyCandidatePassed + bothFailed
  const cross = bothPassed * bothFailed - onlyBaselinePassed * onlyCandidatePassed
  const corrected = cross > items / 2 ? cross - items / 2 : cross >= 0 ? 0 : cross
  return corrected / Math.sqrt(margins)
}

/**
 * Adjusted p values for a family of tests, in the order given: with all of them compared to one level, the chance of
 * any false alarm in the family stays at that level, however the tests depend on each other.
 * Source: Holm, Scandinavian Journal of Statistics 6 (1979); equals R's `p.adjust(p, "holm")`.
 */
export function holmCorrection(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!)
  const adjusted = pValues.map(() => 1)
  let largest = 0
  for (const [rank, index] of order.entries()) {
    largest = Math.max(largest, Math.min(1, pValues[index]! * (pValues.length - rank)))
    adjusted[index] = largest
  }
  return adjusted
}

/**
 * Candidate less baseline, one value per item. Most items of two runs are equal, so only the others are held: memory
 * grows with what changed, not with the run.
 */
export interface PairedDifferences {
  /** Number of items, equal ones included. */
  items: number
  /** The differences that are not 0. */
  changed: readonly number[]
}

export function meanDifference({ items, changed }: PairedDifferences): number {
  return items === 0 ? 0 : changed.reduce((sum, value) => sum + value, 0) / items
}

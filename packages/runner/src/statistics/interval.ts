/** A confidence interval. */
export interface Interval {
  low: number
  high: number
}

import type { ReportFigure } from './report-figures.ts'

const width = 224
const height = 22
const margin = 6

/** A dot at the mean with its interval, on a scale that all rows of one metric share. */
export function intervalChart(figure: ReportFigure, scale: { low: number; high: number }): string {
  const span = scale.high - scale.low || 1
  const x = (value: number): string =>
    (margin + ((Math.min(Math.max(value, scale.low), scale.high) - scale.low) / span) * (width - 2 * margin)).toFixed(1)
  const middle = height / 2
  const whisker =
    figure.low === null || figure.high === null
      ? ''
      : `<line class="whisker" x1="${x(figure.low)}" x2="${x(figure.high)}" y1="${middle}" y2="${middle}"/>` +
        [figure.low, figure.high]
          .map((end) => `<line class="whisker" x1="${x(end)}" x2="${x(end)}" y1="${middle - 4}" y2="${middle + 4}"/>`)
          .join('')
  return `<svg class="chart" viewBox="0 0 ${width} ${height}" aria-hidden="true"><line class="axis" x1="${margin}" x2="${width - margin}" y1="${middle}" y2="${middle}"/>${whisker}<circle cx="${x(figure.mean)}" cy="${middle}" r="4"/></svg>`
}

/** From 0 to 1 where all figures lie there, else as wide as they are. */
export function commonScale(figures: readonly ReportFigure[]): { low: number; high: number } {
  const values = figures.flatMap(({ mean, low, high }) => [mean, low ?? mean, high ?? mean])
  const low = Math.min(0, ...values)
  const high = Math.max(...values)
  return { low, high: low === 0 && high <= 1 ? 1 : high }
}

import type { CauseSummary, DiffCounts } from './diff-report.ts'

/** Causes that say which backend answered. */
const backend = /^(?:served|sdk|models_served|engine)\b/

/** One sentence: whether outputs changed, and whether the backend did. */
export function verdict(counts: DiffCounts, causes: readonly CauseSummary[]): string {
  const outputs =
    counts.common === 0
      ? 'no item is in both runs'
      : counts.unchanged === counts.common
        ? 'outputs same'
        : `outputs changed in ${counts.common - counts.unchanged} of ${counts.common} items`
  const moved = causes.filter((cause) => backend.test(cause.name))
  const others = causes.filter((cause) => !backend.test(cause.name))
  const names = (list: readonly CauseSummary[]): string =>
    [...new Set(list.map((cause) => cause.name))].slice(0, 5).join(', ')
  const backends = moved.length > 0 ? `backend changed (${names(moved)})` : 'backend same'
  return `${outputs}, ${backends}${others.length > 0 ? `; also moved: ${names(others)}` : ''}`
}

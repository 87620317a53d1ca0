import type { CauseSummary, DiffCounts } from './diff-report.ts'

/** Causes that say which backend answered; the SDK is on our side of the wire. */
const backend = /^served\.(?!sdk)/

/**
 * One sentence: whether outputs changed and whether the backend did, such as "backend changed, outputs same".
 *
 * @param stated Whether both runs say what served them.
 */
export function verdict(counts: DiffCounts, causes: readonly CauseSummary[], stated: boolean): string {
  if (counts.common === 0) return 'no item is in both runs'
  const changed = counts.common - counts.unchanged
  const outputs = changed === 0 ? 'outputs same' : 'outputs changed'
  const moved = causes.filter((cause) => backend.test(cause.name))
  const backends = moved.length > 0 ? 'backend changed' : stated ? 'backend same' : 'backend not stated'
  const head = changed === 0 && moved.length > 0 ? `${backends}, ${outputs}` : `${outputs}, ${backends}`
  const others = causes.filter((cause) => !backend.test(cause.name))
  const details = [
    ...(changed === 0 ? [] : [`${changed} of ${counts.common} items changed`]),
    ...(moved.length === 0 ? [] : [`${names(moved)} moved`]),
    ...(others.length === 0 ? [] : [`also moved: ${names(others)}`]),
  ]
  return details.length === 0 ? head : `${head}: ${details.join('; ')}`
}

function names(causes: readonly CauseSummary[]): string {
  const distinct = [...new Set(causes.map((cause) => cause.name))]
  return `${distinct.slice(0, 5).join(', ')}${distinct.length > 5 ? ` and ${distinct.length - 5} more` : ''}`
}

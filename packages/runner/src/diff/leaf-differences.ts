import { byCodePoint, type ExactValue, exactText } from '../read/exact-json.ts'
import type { Cause } from './diff-report.ts'

/** More differences than this in one place are one fact: the whole place moved. */
const mostLeaves = 20

/**
 * The innermost places at which two values differ, each named by its path. Lists are compared whole. Undefined on one
 * side is absence.
 */
export function leafDifferences(
  name: string,
  baseline: ExactValue | undefined,
  candidate: ExactValue | undefined,
): Cause[] {
  if (baseline === undefined && candidate === undefined) return []
  if (!(baseline instanceof Map) || !(candidate instanceof Map)) {
    const before = shown(baseline)
    const after = shown(candidate)
    return before === after ? [] : [{ name, baseline: before, candidate: after }]
  }
  const keys = [...new Set([...baseline.keys(), ...candidate.keys()])].sort(byCodePoint)
  const leaves = keys.flatMap((key) =>
    leafDifferences(name === '' ? key : `${name}.${key}`, baseline.get(key), candidate.get(key)),
  )
  return leaves.length > mostLeaves ? [{ name, baseline: shown(baseline), candidate: shown(candidate) }] : leaves
}

function shown(value: ExactValue | undefined): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : exactText(value)
}

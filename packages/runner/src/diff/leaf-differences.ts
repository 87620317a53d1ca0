import { byCodePoint, ExactNumber, type ExactValue, exactText } from '../read/exact-json.ts'
import type { Cause } from './diff-report.ts'

/** More differences than this in one place are one fact: the whole place moved. */
const mostLeaves = 20
const mostCharacters = 500

/**
 * The innermost places at which two values differ, each named by its path. Lists are compared whole. Undefined on one
 * side is absence, and so is null. `1` and `1.0` are the same setting.
 */
export function leafDifferences(
  name: string,
  baseline: ExactValue | undefined,
  candidate: ExactValue | undefined,
): Cause[] {
  if (!(baseline instanceof Map) || !(candidate instanceof Map)) {
    if (sameNumber(baseline, candidate)) return []
    const before = shown(baseline)
    const after = shown(candidate)
    return before === after ? [] : [{ name, baseline: cut(before), candidate: cut(after) }]
  }
  const keys = [...new Set([...baseline.keys(), ...candidate.keys()])].sort(byCodePoint)
  const leaves = keys.flatMap((key) => leafDifferences(`${name}.${key}`, baseline.get(key), candidate.get(key)))
  return leaves.length > mostLeaves
    ? [{ name, baseline: cut(shown(baseline)), candidate: cut(shown(candidate)) }]
    : leaves
}

function sameNumber(a: ExactValue | undefined, b: ExactValue | undefined): boolean {
  return a instanceof ExactNumber && b instanceof ExactNumber && a.value === b.value
}

function shown(value: ExactValue | undefined): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : exactText(value)
}

function cut(text: string | null): string | null {
  return text !== null && text.length > mostCharacters ? `${text.slice(0, mostCharacters)} …` : text
}

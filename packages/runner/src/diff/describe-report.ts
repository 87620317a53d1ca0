import type { CauseSummary, Comparison, DiffReport, ItemDiff } from './diff-report.ts'
import { visibleText } from './visible-text.ts'

/** Sections of changed items, worst first. An item stands in the first that fits. */
const sections = [
  { title: 'Regressions', category: 'regression' },
  { title: 'Improvements', category: 'improvement' },
  { title: 'Other changes', category: 'change' },
  { title: 'Details', category: 'detail' },
  { title: 'Traces', category: 'trace' },
] as const

export function itemsBySection(report: DiffReport): { title: string; items: ItemDiff[] }[] {
  const left = new Set(report.items)
  return sections.map(({ title, category }) => {
    const items = [...left].filter((item) => item.changes.some((change) => change.category === category))
    for (const item of items) left.delete(item)
    return { title, items }
  })
}

/** Lines that count what there is. */
export function countLines({ counts, duplicates }: DiffReport): string[] {
  const lines = [
    `${counts.common} items in both runs, ${counts.unchanged} unchanged; ${counts.onlyBaseline} only in the baseline, ${counts.onlyCandidate} only in the candidate`,
    `${counts.regressions} regressions, ${counts.improvements} improvements, ${counts.otherChanges} other changes, ${counts.detailChanges} changes of detail, ${counts.traceDrifts + counts.traceViolationIncreases + counts.trajectoryDrifts} of trace`,
  ]
  if (duplicates.baseline + duplicates.candidate > 0)
    lines.push(
      `${duplicates.baseline} records of the baseline and ${duplicates.candidate} of the candidate share a key with an earlier one; they paired in their order`,
    )
  return lines
}

export function itemLabel({ key }: Pick<ItemDiff, 'key'>): string {
  const repeat = key.repeat > 0 ? ` | repeat ${key.repeat}` : ''
  return visibleText(`${key.model} | ${key.probe} | ${key.example}${repeat}`)
}

export function causeText({
  name,
  baseline,
  candidate,
}: Pick<CauseSummary, 'name' | 'baseline' | 'candidate'>): string {
  return `${visibleText(name)}: ${shown(baseline)} -> ${shown(candidate)}`
}

export function causeReach({ changed, unchanged, wholeRun }: CauseSummary): string {
  if (wholeRun) return 'whole run'
  return `${changed} changed and ${unchanged} unchanged items`
}

function shown(value: string | null): string {
  if (value === null) return 'not stated'
  const text = visibleText(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** Cells of a row: probe, metric, items, baseline, candidate, difference, p, detectable. */
export function comparisonRow(comparison: Comparison): string[] {
  const { model, probe, metric, items, interval, detectable, pAdjusted, significant } = comparison
  const percent = comparison.baselineInterval !== undefined
  const figure = (value: number): string => (percent ? `${(value * 100).toFixed(1)} %` : significantDigits(value))
  const signed = (value: number): string => `${value > 0 ? '+' : ''}${figure(value)}`
  const name = probe === null ? 'all' : model === null ? probe : `${model} ${probe}`
  return [
    visibleText(name),
    visibleText(metric),
    String(items),
    figure(comparison.baseline),
    figure(comparison.candidate),
    `${signed(comparison.difference)}${interval === undefined ? '' : ` [${signed(interval.low)}, ${signed(interval.high)}]`}`,
    `${pText(pAdjusted)}${significant ? ' *' : ''}`,
    detectable === undefined ? '-' : figure(detectable),
  ]
}

export const comparisonHead: readonly string[] = [
  'probe',
  'metric',
  'items',
  'baseline',
  'candidate',
  'difference',
  'p',
  'detectable',
]

export function comparisonNote({ statistics }: DiffReport): string {
  const level = `${Number((statistics.confidence * 100).toFixed(2))} %`
  return `Difference: candidate less baseline on the same items, with its ${level} interval. p: two-sided, of no difference, after Holm's correction; * at most ${statistics.alpha}. Detectable: the smallest difference found with 80 % power.`
}

function pText(p: number): string {
  return p < 0.0001 ? '<0.0001' : significantDigits(p)
}

function significantDigits(value: number): string {
  return String(Number(value.toPrecision(3)))
}

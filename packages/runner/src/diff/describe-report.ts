import type { Cause, CauseSummary, Comparison, DiffReport, ItemDiff } from './diff-report.ts'
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
    [
      counted(counts.regressions, 'regression'),
      counted(counts.improvements, 'improvement'),
      counted(counts.otherChanges, 'change of output or status', 'changes of output or status'),
      counted(counts.detailChanges, 'change of detail', 'changes of detail'),
      counted(counts.traceDrifts + counts.traceViolationIncreases + counts.trajectoryDrifts, 'trace drift'),
    ].join(', '),
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

/** @param common Items that both runs have. */
export function causeReach(cause: CauseSummary, common: number): string {
  if (cause.wholeRun) return 'whole run'
  if (isEverywhere(cause, common)) return 'every item'
  return `${cause.changed} changed and ${cause.unchanged} unchanged items`
}

/** What moved in some items and not in others: what moved everywhere tells nothing about one of them. */
export function ownCauses({ causes, counts }: DiffReport): (item: ItemDiff) => Cause[] {
  const everywhere = new Set(causes.filter((cause) => isEverywhere(cause, counts.common)).map(causeText))
  return (item) => item.causes.filter((cause) => !everywhere.has(causeText(cause)))
}

function isEverywhere({ changed, unchanged }: CauseSummary, common: number): boolean {
  return changed + unchanged === common
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

function shown(value: string | null): string {
  if (value === null) return 'not stated'
  // A digest is told from another by its beginning.
  const text = visibleText(value).replaceAll(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1…')
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

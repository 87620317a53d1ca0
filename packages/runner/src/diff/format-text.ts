import { styleText } from 'node:util'
import {
  causeReach,
  causeText,
  comparisonHead,
  comparisonNote,
  comparisonRow,
  countLines,
  itemLabel,
  itemsBySection,
  ownCauses,
} from './describe-report.ts'
import type { Cause, DiffReport, ItemDiff, LoneItem, SideSummary } from './diff-report.ts'
import type { FormatOptions } from './format-diff.ts'
import { visibleText } from './visible-text.ts'
import { wordDiff } from './word-diff.ts'

type Paint = (format: Parameters<typeof styleText>[0], text: string) => string

/** Characters of an output around what changed. */
const context = 60
const mostOutput = 600
const mostCauses = 25

/** For people at a terminal. */
export function formatDiffText(report: DiffReport, options: FormatOptions = {}): string {
  const { color = false, limit = 25 } = options
  const paint: Paint = color ? (format, text) => styleText(format, text, { validateStream: false }) : (_, text) => text
  const lines = [
    `Baseline   ${visibleText(report.baseline)}`,
    `Candidate  ${visibleText(report.candidate)}`,
    '',
    paint('bold', visibleText(report.verdict)),
    '',
    ...countLines(report),
    ...report.warnings.map((warning) => paint('yellow', `Warning: ${visibleText(warning)}`)),
  ]
  const section = (title: string, body: readonly string[]): void => {
    if (body.length > 0) lines.push('', paint('bold', title), ...body)
  }
  section('What moved', moved(report))
  section('Difference of the two runs', statistics(report, paint))
  const causesOf = ownCauses(report)
  for (const { title, items } of itemsBySection(report))
    section(title, [
      ...items.slice(0, limit).flatMap((item) => itemLines(item, causesOf(item), paint)),
      ...more(items.length, limit),
    ])
  section('Only in the baseline', loneLines(report.onlyBaseline, report.counts.onlyBaseline, limit))
  section('Only in the candidate', loneLines(report.onlyCandidate, report.counts.onlyCandidate, limit))
  section(
    'Gates',
    report.gates.map(({ gate, hit, reason }) =>
      paint(hit ? 'red' : 'green', `  ${gate}: ${hit ? 'hit' : 'not hit'}: ${visibleText(reason)}`),
    ),
  )
  return `${lines.join('\n')}\n`
}

function moved({ causes, counts }: DiffReport): string[] {
  return [
    ...causes.slice(0, mostCauses).map((cause) => `  ${causeText(cause)}  (${causeReach(cause, counts.common)})`),
    ...more(causes.length, mostCauses),
  ]
}

function statistics(report: DiffReport, paint: Paint): string[] {
  const comparisons = [...report.statistics.byProbe, ...report.statistics.overall]
  if (comparisons.length === 0) return []
  const rows = [comparisonHead, ...comparisons.map(comparisonRow)]
  const widths = comparisonHead.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return [
    ...rows.map((row, index) => {
      const line = `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd()
      return index > 0 && comparisons[index - 1]!.significant ? paint('yellow', line) : line
    }),
    paint('dim', `  ${comparisonNote(report)}`),
  ]
}

function itemLines(item: ItemDiff, causes: readonly Cause[], paint: Paint): string[] {
  const { baseline, candidate } = item
  const lines = [
    `  ${itemLabel(item)}: ${visibleText(item.changes.map((change) => change.detail).join('; '))}${paint('dim', `  (lines ${baseline.line} and ${candidate.line})`)}`,
  ]
  if (baseline.output !== candidate.output) lines.push(...outputLines(baseline, candidate, paint))
  for (const side of [baseline, candidate])
    if (side.error !== null && baseline.error !== candidate.error)
      lines.push(`      ${side === baseline ? '-' : '+'} error: ${shorten(visibleText(side.error), mostOutput)}`)
  if (causes.length > 0) lines.push(paint('dim', `      moved: ${causes.slice(0, 5).map(causeText).join('; ')}`))
  return lines
}

function outputLines(baseline: SideSummary, candidate: SideSummary, paint: Paint): string[] {
  const parts = wordDiff(baseline.output ?? '', candidate.output ?? '')
  const side = (gone: 'removed' | 'added', mark: (text: string) => string): string =>
    parts
      .filter((part) => part.kind === 'same' || part.kind === gone)
      .map((part, index, kept) =>
        part.kind === 'same'
          ? around(part.text, index > 0, index < kept.length - 1)
          : mark(visibleText(shorten(part.text, mostOutput))),
      )
      .join('')
  return [
    `    - ${baseline.output === null ? paint('dim', '(no output)') : side('removed', (text) => paint(['red', 'inverse'], text))}`,
    `    + ${candidate.output === null ? paint('dim', '(no output)') : side('added', (text) => paint(['green', 'inverse'], text))}`,
  ]
}

/** An equal stretch, cut down to what stands beside a change. */
function around(text: string, changeBefore: boolean, changeAfter: boolean): string {
  const before = changeBefore ? context : 0
  const after = changeAfter ? context : 0
  if (text.length <= before + after + 20) return visibleText(text)
  const end = after === 0 ? '' : text.slice(-after)
  return `${visibleText(text.slice(0, before))} … ${visibleText(end)}`
}

function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)} …` : text
}

function loneLines(items: readonly LoneItem[], total: number, limit: number): string[] {
  return [
    ...items.slice(0, limit).map((item) => `  ${itemLabel(item)}: ${visibleText(item.status)}  (line ${item.line})`),
    ...more(total, limit),
  ]
}

function more(total: number, limit: number): string[] {
  return total > limit ? [`  ... and ${total - limit} more`] : []
}

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
import type { Cause, DiffReport, ItemDiff } from './diff-report.ts'
import type { FormatOptions } from './format-diff.ts'
import { visibleText } from './visible-text.ts'

const mostOutput = 600
const mostCauses = 25

/** For a pull request: nothing in it renders but what is ours. */
export function formatDiffMarkdown(report: DiffReport, options: FormatOptions = {}): string {
  const { limit = 25 } = options
  const comparisons = [...report.statistics.byProbe, ...report.statistics.overall]
  const lines = [
    `### ${escape(report.verdict)}`,
    '',
    `${code(report.baseline)} → ${code(report.candidate)}`,
    '',
    ...countLines(report).map((line) => `- ${escape(line)}`),
    ...report.warnings.map((warning) => `- Warning: ${escape(visibleText(warning))}`),
    ...report.gates.map(
      ({ gate, hit, reason }) => `- **${gate}**: ${hit ? '❌' : '✅'} ${escape(visibleText(reason))}`,
    ),
  ]
  if (comparisons.length > 0)
    lines.push(
      '',
      table(comparisonHead, comparisons.map(comparisonRow)),
      '',
      `<sub>${escape(comparisonNote(report))}</sub>`,
    )
  if (report.causes.length > 0)
    lines.push(
      '',
      '#### What moved',
      '',
      ...report.causes
        .slice(0, mostCauses)
        .map((cause) => `- ${code(causeText(cause))} (${causeReach(cause, report.counts.common)})`),
    )
  const causesOf = ownCauses(report)
  for (const { title, items } of itemsBySection(report))
    if (items.length > 0)
      lines.push(
        '',
        `<details><summary>${title} (${items.length})</summary>`,
        '',
        ...items.slice(0, limit).flatMap((item) => itemLines(item, causesOf(item))),
        ...(items.length > limit ? [`- … and ${items.length - limit} more`] : []),
        '',
        '</details>',
      )
  for (const [title, lone, total] of [
    ['Only in the baseline', report.onlyBaseline, report.counts.onlyBaseline],
    ['Only in the candidate', report.onlyCandidate, report.counts.onlyCandidate],
  ] as const)
    if (total > 0)
      lines.push(
        '',
        `<details><summary>${title} (${total})</summary>`,
        '',
        ...lone.slice(0, limit).map((item) => `- ${code(itemLabel(item))}`),
        ...(total > limit ? [`- … and ${total - limit} more`] : []),
        '',
        '</details>',
      )
  return `${lines.join('\n')}\n`
}

function itemLines(item: ItemDiff, causes: readonly Cause[]): string[] {
  const { baseline, candidate, changes } = item
  const lines = [
    `- ${code(itemLabel(item))}: ${escape(visibleText(changes.map((change) => change.detail).join('; ')))}`,
  ]
  if (baseline.output !== candidate.output)
    lines.push(`  - before ${output(baseline.output)}`, `  - after ${output(candidate.output)}`)
  if (causes.length > 0)
    lines.push(
      `  - moved ${causes
        .slice(0, 5)
        .map((cause) => code(causeText(cause)))
        .join(', ')}`,
    )
  return lines
}

function output(text: string | null): string {
  if (text === null) return '(no output)'
  const visible = visibleText(text)
  return code(visible.length > mostOutput ? `${visible.slice(0, mostOutput)} …` : visible)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escape).join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/**
 * Markdown's own signs and HTML. GitHub looks for mentions, references and links again in what was rendered, where a
 * backslash is gone: a zero-width space, written as an entity, parts what it looks for.
 */
function escape(text: string): string {
  return text
    .replace(/[\\`*_{}[\]()#+!|~@:$]/g, '\\$&')
    .replace(/[&<>]/g, (sign) => entities[sign]!)
    .replace(/(?<=[@#]|\bGH-|\bwww\.)(?=\w)/gi, '&#8203;')
}

/** A code span whose fence is longer than any run of backticks in it (CommonMark 0.31, section 6.1). */
function code(text: string): string {
  const visible = visibleText(text)
  const longest = Math.max(0, ...(visible.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence} ${visible} ${fence}`
}

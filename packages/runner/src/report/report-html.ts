import { createHash } from 'node:crypto'
import {
  causeReach,
  causeText,
  comparisonHead,
  comparisonNote,
  comparisonRow,
  countLines,
} from '../diff/describe-report.ts'
import type { DiffReport } from '../diff/diff-report.ts'
import { escapeHtml } from './escape-html.ts'
import { commonScale, intervalChart } from './interval-chart.ts'
import { pageScript, pageStyle } from './page-bundle.ts'
import type { ReportFigure } from './report-figures.ts'

export interface ReportRun {
  /** A short name. */
  label: string
  path: string
  runId: string | undefined
  records: number
  /** When and with what it was made, as label and text. */
  facts: readonly (readonly [label: string, text: string])[]
}

export interface ReportContent {
  title: string
  runs: readonly ReportRun[]
  figures: readonly ReportFigure[]
  confidence: number
  diff: DiffReport | undefined
  /** Rows whose texts did not fit. */
  withoutTexts: number
}

const mostCauses = 50

/**
 * Nothing is fetched, and no script runs but ours, known by its hash: should a text ever break out of its place, the
 * browser still refuses to execute it.
 */
function contentSecurityPolicy(): string {
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  return `default-src 'none'; script-src ${hash(pageScript)}; style-src ${hash(pageStyle)}; base-uri 'none'; form-action 'none'`
}

/** The page down to where the blocks of rows begin. */
export function reportHead(content: ReportContent): string {
  const { title, runs, diff, figures, confidence, withoutTexts } = content
  const note =
    withoutTexts === 0
      ? ''
      : `<p class="note">The texts of the last ${withoutTexts} items are left out, to keep this page usable; they are in records.jsonl.</p>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<header><h1>${escapeHtml(title)}</h1><button id="theme" type="button">Light or dark</button></header>
<main>
${diff === undefined ? '' : verdictSection(diff)}
${runsSection(runs)}
${figuresSection(figures, runs, confidence)}
${diff === undefined ? '' : differenceSection(diff) + causesSection(diff)}
<section aria-labelledby="items-title">
<h2 id="items-title">Items</h2>
${note}
${filterForm}
<p id="count" role="status" class="muted screen-only">Opening …</p>
<div id="items" role="grid" aria-labelledby="items-title"></div>
<table class="print-only"><thead><tr><th>example</th><th>probe</th><th>model</th><th>run</th><th>status</th><th>score</th><th>answer</th></tr></thead><tbody id="printed"></tbody></table>
<p id="printed-more" class="print-only"></p>
<noscript><p>The table of items needs JavaScript. Nothing is fetched from anywhere.</p></noscript>
</section>
</main>
<dialog id="item" aria-labelledby="item-title"><div><h2 id="item-title"></h2><button type="button" data-step="previous">Previous</button><button type="button" data-step="next">Next</button><button type="button" data-close>Close</button></div><div class="body"></div></dialog>
`
}

/** One compressed block. Base64 holds no sign that HTML knows. */
export function reportBlock(id: string, base64: string): string {
  return `<script type="text/plain" id="${id}">${base64}</script>\n`
}

export function reportTail(): string {
  return `<script>${pageScript}</script>\n</body>\n</html>\n`
}

const filterForm = `<form id="filters" class="screen-only" role="search">
<label>Search all texts<input type="search" name="search" autocomplete="off" spellcheck="false"></label>
${['run', 'model', 'probe', 'status'].map((name) => `<label>${name}<select name="${name}"><option value="">all</option></select></label>`).join('\n')}
<label>result<select name="result"><option value="">all</option><option value="failed">score below 1</option><option value="passed">score 1 or more</option><option value="unscored">no score</option><option value="changed">changed between runs</option></select></label>
</form>`

function verdictSection(diff: DiffReport): string {
  const gates = diff.gates.map(
    ({ gate, hit, reason }) =>
      `<li><strong>${escapeHtml(gate)}</strong>: ${hit ? 'hit' : 'not hit'}: ${escapeHtml(reason)}</li>`,
  )
  const warnings = diff.warnings.map((warning) => `<li>${escapeHtml(warning)}</li>`)
  return `<p class="verdict">${escapeHtml(diff.verdict)}</p>
<ul>${countLines(diff)
    .map((line) => `<li>${escapeHtml(line)}</li>`)
    .join('')}${gates.join('')}${warnings.join('')}</ul>`
}

function runsSection(runs: readonly ReportRun[]): string {
  const labels = [...new Set(runs.flatMap((run) => run.facts.map(([label]) => label)))]
  const row = (label: string, cells: readonly string[]): string =>
    `<tr><th scope="row">${escapeHtml(label)}</th>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`
  return `<section aria-labelledby="runs-title"><h2 id="runs-title">${runs.length > 1 ? 'Runs' : 'Run'}</h2><div class="scroll"><table>
${row(
  'directory',
  runs.map(({ path }) => path),
)}
${row(
  'run id',
  runs.map(({ runId }) => runId ?? ''),
)}
${row(
  'records',
  runs.map(({ records }) => String(records)),
)}
${labels
  .map((label) =>
    row(
      label,
      runs.map(({ facts }) => facts.find(([name]) => name === label)?.[1] ?? ''),
    ),
  )
  .join('\n')}
</table></div></section>`
}

function figuresSection(figures: readonly ReportFigure[], runs: readonly ReportRun[], confidence: number): string {
  if (figures.length === 0) return ''
  const several = runs.length > 1
  const byMetric = Map.groupBy(figures, ({ metric }) => metric)
  const rows = figures.map((figure) => {
    const { probe, model, run, metric, items, mean, low, high, share, records, answered } = figure
    const value = (number: number): string =>
      share ? `${(number * 100).toFixed(1)} %` : String(Number(number.toPrecision(3)))
    const scored = items > 0
    const cells = [
      `<th scope="row">${escapeHtml(probe)}</th>`,
      `<td>${escapeHtml(model)}</td>`,
      several ? `<td>${escapeHtml(runs[run]!.label)}</td>` : '',
      `<td>${escapeHtml(metric)}</td>`,
      `<td class="number">${items}</td>`,
      `<td class="number">${scored ? value(mean) : ''}</td>`,
      `<td class="number">${scored && low !== null && high !== null ? `${value(low)} to ${value(high)}` : ''}</td>`,
      `<td>${scored ? intervalChart(figure, commonScale(byMetric.get(metric)!)) : ''}</td>`,
      `<td class="number">${answered} of ${records}</td>`,
    ]
    return `<tr>${cells.join('')}</tr>`
  })
  return `<section aria-labelledby="figures-title"><h2 id="figures-title">Scores</h2><div class="scroll"><table>
<thead><tr><th scope="col">probe</th><th scope="col">model</th>${several ? '<th scope="col">run</th>' : ''}<th scope="col">metric</th><th scope="col" class="number">items</th><th scope="col" class="number">mean</th><th scope="col" class="number">${percentText(confidence)} interval</th><th scope="col"><span class="muted">interval</span></th><th scope="col" class="number">answered</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>
<p class="note">Intervals: Wilson for pass and fail, Student's t for other scores; drawn from 0 to 1, or over the range of the metric. The repeats of an item count as one.</p></section>`
}

function differenceSection(diff: DiffReport): string {
  const comparisons = [...diff.statistics.byProbe, ...diff.statistics.overall]
  if (comparisons.length === 0) return ''
  const rows = comparisons.map((comparison) => {
    const cells = comparisonRow(comparison).map((cell) => `<td>${escapeHtml(cell)}</td>`)
    return `<tr${comparison.significant ? ' class="significant"' : ''}>${cells.join('')}</tr>`
  })
  return `<section aria-labelledby="difference-title"><h2 id="difference-title">Difference of the two runs</h2><div class="scroll"><table>
<thead><tr>${comparisonHead.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div><p class="note">${escapeHtml(comparisonNote(diff))}</p></section>`
}

function causesSection({ causes, counts }: DiffReport): string {
  if (causes.length === 0) return ''
  const rows = causes
    .slice(0, mostCauses)
    .map(
      (cause) =>
        `<tr><td>${escapeHtml(causeText(cause))}</td><td>${escapeHtml(causeReach(cause, counts.common))}</td></tr>`,
    )
  const more = causes.length > mostCauses ? `<p class="note">… and ${causes.length - mostCauses} more.</p>` : ''
  return `<section aria-labelledby="causes-title"><h2 id="causes-title">What moved</h2><div class="scroll"><table>
<thead><tr><th scope="col">cause</th><th scope="col">reach</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>${more}</section>`
}

function percentText(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`
}

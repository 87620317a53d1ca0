import { exactText } from '../read/exact-json.ts'
import type { RecordView } from '../read/record-view.ts'
import { outputText } from './compare-records.ts'
import type { SideSummary } from './diff-report.ts'

/** Longer outputs are cut around the first difference, so that a report of many items stays small. */
const mostCharacters = 4_000
const before = 400

/** Both sides of a changed item, long outputs cut at the same place. */
export function summariseSides(
  baseline: RecordView,
  candidate: RecordView,
): { baseline: SideSummary; candidate: SideSummary } {
  const texts = { baseline: shownOutput(baseline), candidate: shownOutput(candidate) }
  const start = windowStart(texts.baseline, texts.candidate)
  return {
    baseline: summary(baseline, texts.baseline, start),
    candidate: summary(candidate, texts.candidate, start),
  }
}

function summary(record: RecordView, output: string | undefined, start: number): SideSummary {
  return {
    line: record.line,
    status: record.status,
    primaryMetric: record.string('primary_metric') ?? null,
    score: record.score ?? null,
    output: output === undefined ? null : cut(output, start),
    error: record.string('error') ?? null,
  }
}

function shownOutput(record: RecordView): string | undefined {
  const text = outputText(record)
  if (text !== undefined) return text
  const value = record.value('output')
  return value === null ? undefined : exactText(value)
}

function windowStart(baseline: string | undefined, candidate: string | undefined): number {
  if (baseline === undefined || candidate === undefined) return 0
  if (Math.max(baseline.length, candidate.length) <= mostCharacters) return 0
  let same = 0
  while (same < baseline.length && baseline[same] === candidate[same]) same += 1
  return Math.max(0, same - before)
}

function cut(text: string, start: number): string {
  const end = start + mostCharacters
  return `${start > 0 ? `(${start} characters) … ` : ''}${text.slice(start, end)}${end < text.length ? ` … (${text.length - end} characters)` : ''}`
}

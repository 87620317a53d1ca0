import {
  byCodePoint,
  ExactNumber,
  type ExactObject,
  type ExactValue,
  exactText,
  parseExact,
} from '../read/exact-json.ts'
import { type RecordView, scoreOf } from '../read/record-view.ts'
import type { Change, ChangeCategory, ChangeKind } from './diff-report.ts'
import { trajectory, violationCount } from './trajectory.ts'

const categories: Record<ChangeKind, ChangeCategory> = {
  status_regression: 'regression',
  metric_regression: 'regression',
  status_improvement: 'improvement',
  metric_improvement: 'improvement',
  output_changed: 'change',
  status_changed: 'change',
  metrics_not_comparable: 'change',
  metric_key_missing: 'change',
  output_details_changed: 'detail',
  scores_changed: 'detail',
  error_changed: 'detail',
  trace_drift: 'trace',
  trace_violations_increased: 'trace',
  trajectory_drift: 'trace',
}

/** Parts of a structured output that are compared on their own, or that are cost and not content. */
const comparedElsewhere: ReadonlySet<string> = new Set([
  'output_text',
  'text',
  'scores',
  'score',
  'primary_metric',
  'usage',
  'trace_events',
  'tool_calls',
])

/**
 * What changed between two records of one item, in the order of the Python original's rules, then what it does not look
 * at. `ignore` holds names in lower case: members of the record, or keys at any depth of an output.
 */
export function compareRecords(baseline: RecordView, candidate: RecordView, ignore: ReadonlySet<string>): Change[] {
  const changes: Change[] = []
  const add = (kind: ChangeKind, detail: string): void => {
    changes.push({ kind, category: categories[kind], detail })
  }
  const from = baseline.status
  const to = candidate.status
  const statusMoved = from !== to && !ignore.has('status')
  if (statusMoved && from === 'success') add('status_regression', `status ${from} -> ${to}`)
  if (statusMoved && to === 'success') add('status_improvement', `status ${from} -> ${to}`)
  if (!ignore.has('scores')) compareScores(baseline, candidate, add)
  if (!ignore.has('output')) compareOutputs(baseline, candidate, ignore, add)
  if (statusMoved && from !== 'success' && to !== 'success') add('status_changed', `status ${from} -> ${to}`)
  if (!ignore.has('error')) compareErrors(baseline, candidate, add)
  if (!ignore.has('trace')) compareTraces(baseline, candidate, add)
  return changes
}

type Add = (kind: ChangeKind, detail: string) => void

function compareScores(baseline: RecordView, candidate: RecordView, add: Add): void {
  if (baseline.sameBytes(candidate, 'scores') && baseline.sameBytes(candidate, 'primary_metric')) return
  const scores = { baseline: baseline.object('scores'), candidate: candidate.object('scores') }
  const metric = { baseline: baseline.string('primary_metric'), candidate: candidate.string('primary_metric') }
  const before = scoreOf(scores.baseline, metric.baseline)
  const after = scoreOf(scores.candidate, metric.candidate)
  if (metric.baseline !== undefined && metric.candidate !== undefined && metric.baseline !== metric.candidate)
    add(
      'metrics_not_comparable',
      `the primary metric is ${metric.baseline} in one and ${metric.candidate} in the other`,
    )
  else if (before !== undefined && after !== undefined && metric.baseline === metric.candidate) {
    const name = metric.baseline ?? 'score'
    if (after < before) add('metric_regression', `${name} ${before} -> ${after}`)
    if (after > before) add('metric_improvement', `${name} ${before} -> ${after}`)
    if (baseline.status === 'success' && candidate.status === 'success')
      compareScoreNames(scores.baseline, scores.candidate, add)
  } else if (before !== undefined || after !== undefined)
    add('metrics_not_comparable', notComparable(scores.baseline, scores.candidate, metric.baseline, metric.candidate))
  const moved = [...scores.baseline.keys()].filter(
    (name) =>
      name !== (metric.baseline ?? 'score') &&
      scores.candidate.has(name) &&
      !sameScore(scores.baseline.get(name)!, scores.candidate.get(name)!),
  )
  if (moved.length > 0) add('scores_changed', `other scores: ${moved.sort(byCodePoint).join(', ')}`)
}

function compareScoreNames(baseline: ExactObject, candidate: ExactObject, add: Add): void {
  const gone = [...baseline.keys()].filter((name) => !candidate.has(name)).sort(byCodePoint)
  const added = [...candidate.keys()].filter((name) => !baseline.has(name)).sort(byCodePoint)
  if (gone.length === 0 && added.length === 0) return
  add(
    'metric_key_missing',
    [...gone.map((name) => `score ${name} gone`), ...added.map((name) => `score ${name} new`)].join(', '),
  )
}

function notComparable(
  baseline: ExactObject,
  candidate: ExactObject,
  baselineMetric: string | undefined,
  candidateMetric: string | undefined,
): string {
  if (baseline.size === 0 || candidate.size === 0) return 'only one side has scores'
  if (baselineMetric !== candidateMetric) return 'only one side names a primary metric'
  const name = baselineMetric ?? 'score'
  if (!baseline.has(name) || !candidate.has(name)) return `${name} is missing on one side`
  return `${name} is no number on one side`
}

function sameScore(a: ExactValue, b: ExactValue): boolean {
  if (a instanceof ExactNumber && b instanceof ExactNumber) return Object.is(a.value, b.value) || a.value === b.value
  return exactText(a) === exactText(b)
}

function compareOutputs(baseline: RecordView, candidate: RecordView, ignore: ReadonlySet<string>, add: Add): void {
  const sameText = baseline.sameBytes(candidate, 'output_text')
  if (sameText && baseline.sameBytes(candidate, 'output')) return
  const before = outputText(baseline)
  const after = outputText(candidate)
  if (before !== undefined || after !== undefined) {
    if (before !== after && (ignore.size === 0 || stripText(before, ignore) !== stripText(after, ignore)))
      add('output_changed', 'output changed')
    else if (detailText(baseline.value('output'), ignore) !== detailText(candidate.value('output'), ignore))
      add('output_details_changed', 'the text is the same, other parts of the output changed')
    return
  }
  if (exactText(strip(baseline.value('output'), ignore)) !== exactText(strip(candidate.value('output'), ignore)))
    add('output_changed', 'structured output changed')
}

/** The text that the record gives as its output, where it gives one. */
export function outputText(record: RecordView): string | undefined {
  return record.string('output_text') ?? record.string('output')
}

function detailText(output: ExactValue, ignore: ReadonlySet<string>): string {
  return output instanceof Map ? exactText(strip(output, ignore, comparedElsewhere)) : ''
}

/** A text that is JSON, without the ignored keys; any other text as it is. */
function stripText(text: string | undefined, ignore: ReadonlySet<string>): string | undefined {
  if (text === undefined || !/^\s*[[{]/.test(text)) return text
  try {
    return exactText(strip(parseExact(text), ignore))
  } catch {
    return text
  }
}

function strip(value: ExactValue, ignore: ReadonlySet<string>, atTop?: ReadonlySet<string>): ExactValue {
  if (Array.isArray(value)) return value.map((inner) => strip(inner, ignore))
  if (!(value instanceof Map)) return value
  const kept: ExactObject = new Map()
  for (const [key, inner] of value)
    if (!ignore.has(key.toLowerCase()) && !atTop?.has(key)) kept.set(key, strip(inner, ignore))
  return kept
}

function compareErrors(baseline: RecordView, candidate: RecordView, add: Add): void {
  const before = baseline.string('error')
  const after = candidate.string('error')
  if (before === undefined || after === undefined) return
  if (before !== after) add('error_changed', 'the error says something else')
  else if (baseline.string('error_type') !== candidate.string('error_type'))
    add('error_changed', 'the type of error changed')
}

function compareTraces(baseline: RecordView, candidate: RecordView, add: Add): void {
  if (baseline.sameBytes(candidate, 'custom') && baseline.sameBytes(candidate, 'output')) return
  const before = baseline.object('custom')
  const after = candidate.object('custom')
  const beforePrint = before.get('trace_fingerprint')
  const afterPrint = after.get('trace_fingerprint')
  if (typeof beforePrint === 'string' && typeof afterPrint === 'string' && beforePrint !== afterPrint)
    add('trace_drift', `trace ${beforePrint} -> ${afterPrint}`)
  const violations = { before: violationCount(before), after: violationCount(after) }
  if (violations.after > violations.before)
    add('trace_violations_increased', `violations ${violations.before} -> ${violations.after}`)
  const paths = {
    before: trajectory(before, baseline.value('output')),
    after: trajectory(after, candidate.value('output')),
  }
  if (paths.before !== undefined && paths.after !== undefined && paths.before.text !== paths.after.text)
    add(
      'trajectory_drift',
      `steps ${paths.before.steps} -> ${paths.after.steps}, tool calls ${paths.before.toolCalls} -> ${paths.after.toolCalls}`,
    )
}

import type { RecordKey } from '../read/record-view.ts'
import type { Interval } from '../statistics/interval.ts'

/**
 * | kind | category | what changed |
 * |---|---|---|
 * | `status_regression` | regression | success became another status |
 * | `metric_regression` | regression | the primary score fell |
 * | `status_improvement`, `metric_improvement` | improvement | the reverse |
 * | `output_changed` | change | the text, or the structured output where there is no text |
 * | `status_changed` | change | from one failure to another |
 * | `metrics_not_comparable` | change | the primary scores cannot be compared; `detail` says why |
 * | `metric_key_missing` | change | the two sides name different scores |
 * | `output_details_changed` | detail | parts of a structured output beside an equal text |
 * | `scores_changed` | detail | a score that is not the primary one |
 * | `error_changed` | detail | the text or type of an error |
 * | `trace_drift`, `trace_violations_increased`, `trajectory_drift` | trace | what an agent did on the way |
 *
 * The categories regression, improvement and change count as the Python original counts; it does not look at details.
 */
export type ChangeKind =
  | 'status_regression'
  | 'metric_regression'
  | 'status_improvement'
  | 'metric_improvement'
  | 'output_changed'
  | 'status_changed'
  | 'metrics_not_comparable'
  | 'metric_key_missing'
  | 'output_details_changed'
  | 'scores_changed'
  | 'error_changed'
  | 'trace_drift'
  | 'trace_violations_increased'
  | 'trajectory_drift'

export type ChangeCategory = 'regression' | 'improvement' | 'change' | 'detail' | 'trace'

export interface Change {
  kind: ChangeKind
  category: ChangeCategory
  /** In words, such as `score 0.75 -> 0.1`. */
  detail: string
}

/** Something that moved beside the outputs, such as the served model or the SDK. */
export interface Cause {
  /** Such as `served.fingerprint`, `sdk`, `prompt`, `options`, `dataset`. */
  name: string
  /** Null where that side does not say. */
  baseline: string | null
  candidate: string | null
}

/** One side of a changed item. */
export interface SideSummary {
  /** Line in `records.jsonl`, from 1. */
  line: number
  status: string
  primaryMetric: string | null
  score: number | null
  /** The text, or the structured output as JSON; a long one is cut around the first difference. Null where there is none. */
  output: string | null
  error: string | null
}

/** An item that both runs have and that differs. */
export interface ItemDiff {
  key: RecordKey
  changes: Change[]
  causes: Cause[]
  baseline: SideSummary
  candidate: SideSummary
}

/** An item that one run has and the other has not. */
export interface LoneItem {
  key: RecordKey
  line: number
  status: string
}

export interface DiffCounts {
  /** Items that both runs have. */
  common: number
  /** Of these, items with nothing changed. */
  unchanged: number
  onlyBaseline: number
  onlyCandidate: number
  regressions: number
  improvements: number
  otherChanges: number
  /** Changes that the Python original does not look at. */
  detailChanges: number
  traceDrifts: number
  traceViolationIncreases: number
  trajectoryDrifts: number
  byKind: Partial<Record<ChangeKind, number>>
}

/** How many items a cause moved in, changed ones and unchanged ones. */
export interface CauseSummary extends Cause {
  /** Items whose outputs, scores or statuses changed too. */
  changed: number
  /** Items where nothing else changed. */
  unchanged: number
  /** True where it is a fact of the whole run, read from the manifests. */
  wholeRun?: true
}

/** A paired comparison of one measure over the items of one probe, or over all. */
export interface Comparison {
  /** Null for the comparison over everything. */
  model: string | null
  probe: string | null
  /** The primary metric, or `answered` for the share of items that ended in success. */
  metric: string
  /** Items compared; the repeats of one item count as one. */
  items: number
  /** Items that one side could not score, left out. */
  unscored: number
  baseline: number
  candidate: number
  /** Candidate less baseline. */
  difference: number
  /** Interval of the difference. Absent where the data do not determine it. */
  interval?: Interval
  /** `newcombe` for pass and fail, `bootstrap` for scores and repeats. */
  intervalMethod?: 'bootstrap' | 'newcombe'
  /** Intervals of both pass rates (Wilson), where the measure is pass or fail. */
  baselineInterval?: Interval
  candidateInterval?: Interval
  test: 'mcnemar' | 'permutation'
  /** Two-sided p value of no difference. */
  p: number
  /** After Holm's correction over the family of tests. */
  pAdjusted: number
  significant: boolean
  /** The smallest true difference that this comparison would find with 80 % power. */
  detectable?: number
}

export interface DiffReport {
  schema: 'insidellms.diff/1'
  baseline: string
  candidate: string
  runIds: { baseline: string[]; candidate: string[] }
  /** Both record files are the same bytes. Then nothing is left to test, and there are no statistics. */
  identical: boolean
  counts: DiffCounts
  /** Records whose key occurred before in the same run, among those that were paired by key. */
  duplicates: { baseline: number; candidate: number }
  /** The changed items, at most `limit` of them; the counts are of all. */
  items: ItemDiff[]
  onlyBaseline: LoneItem[]
  onlyCandidate: LoneItem[]
  /** What moved: facts of the whole runs first, then by how many items moved. */
  causes: CauseSummary[]
  /** One sentence on outputs and backend together. */
  verdict: string
  statistics: { alpha: number; confidence: number; overall: Comparison[]; byProbe: Comparison[] }
  /** Fields that were left out of the comparison. */
  ignored: string[]
  warnings: string[]
  gates: GateResult[]
  /** 0: no gate hit. 2: at least one. */
  exitCode: 0 | 2
}

export type GateName = 'changes' | 'regressions' | 'significant' | 'trace'

export interface GateResult {
  gate: GateName
  hit: boolean
  /** Why, in one sentence. */
  reason: string
}

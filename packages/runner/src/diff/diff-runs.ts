import { InsideLLMsError } from '@insidellms/core'
import { openRun } from '../read/open-run.ts'
import type { RecordView } from '../read/record-view.ts'
import { compareRecords } from './compare-records.ts'
import { PairStatistics } from './compare-statistics.ts'
import type { Change, ChangeKind, DiffCounts, DiffReport, GateName, ItemDiff, LoneItem } from './diff-report.ts'
import { decideGate, gateNames } from './gates.ts'
import { CauseTally } from './cause-tally.ts'
import { recordCauses } from './record-causes.ts'
import { summariseSides } from './side-summary.ts'
import { verdict } from './verdict.ts'
import { walkPairs } from './walk-pairs.ts'

export interface DiffOptions {
  /** Gates to decide. Default: none, and the exit code is 0 whatever changed. */
  failOn?: readonly GateName[]
  /**
   * Names that are left out: members of a record (`output`, `scores`, `status`, `error`, `trace`), keys at any depth of
   * outputs that are JSON, and causes. Case does not matter.
   */
  ignore?: readonly string[]
  /** Level of the tests. Default: 0.05. */
  alpha?: number
  /** Of the intervals. Default: 0.95. */
  confidence?: number
  /** Of resampling. Default: 1. */
  seed?: number
  /** Most items, and most lone items of each side, that the report lists. The counts are of all. Default: 1,000. */
  limit?: number
  /** Called with every changed item, also beyond `limit`. */
  onItem?: (item: ItemDiff) => void
}

/**
 * Compares two run directories, ours or the Python original's in any mixture. Items pair by model, probe, example id and
 * repeat. Memory does not grow with the runs while both keep their order.
 *
 * @throws {InsideLLMsError} `not_found` where there is no run, `invalid_request` for records that cannot be read or an
 * empty side, `config` for a wrong option.
 */
export async function diffRuns(baseline: string, candidate: string, options: DiffOptions = {}): Promise<DiffReport> {
  const { failOn = [], alpha = 0.05, confidence = 0.95, seed = 1, limit = 1_000 } = options
  checkOptions(failOn, alpha, confidence)
  const ignore = new Set((options.ignore ?? []).map((name) => name.trim().toLowerCase()).filter((name) => name !== ''))
  const runs = { baseline: await openRun(baseline), candidate: await openRun(candidate) }
  const counts = emptyCounts()
  const duplicates = { baseline: 0, candidate: 0 }
  const runIds = { baseline: new Set<string>(), candidate: new Set<string>() }
  const items: ItemDiff[] = []
  const lone: Record<'baseline' | 'candidate', LoneItem[]> = { baseline: [], candidate: [] }
  const warnings: string[] = []
  const statistics = new PairStatistics()
  const causes = new CauseTally(ignore)

  const noteRunId = (side: 'baseline' | 'candidate', record: RecordView): void => {
    const id = record.string('run_id')
    if (id !== undefined && runIds[side].size < 100) runIds[side].add(id)
  }

  await walkPairs(runs.baseline.recordsPath, runs.candidate.recordsPath, {
    same(record) {
      counts.common += 1
      counts.unchanged += 1
      if (counts.common === 1) for (const side of ['baseline', 'candidate'] as const) noteRunId(side, record)
      statistics.addSame(record)
    },
    pair(before, after) {
      counts.common += 1
      noteRunId('baseline', before)
      noteRunId('candidate', after)
      statistics.addPair(before, after)
      const changes = compareRecords(before, after, ignore)
      const moved = causes.add(recordCauses(before, after), changes.length > 0)
      if (changes.length === 0) {
        counts.unchanged += 1
        return
      }
      countChanges(counts, changes)
      if (items.length >= limit && options.onItem === undefined) return
      const item = { key: before.key, changes, causes: moved, ...summariseSides(before, after) }
      options.onItem?.(item)
      if (items.length < limit) items.push(item)
    },
    only(side, record) {
      counts[side === 'baseline' ? 'onlyBaseline' : 'onlyCandidate'] += 1
      noteRunId(side, record)
      if (lone[side].length < limit) lone[side].push({ key: record.key, line: record.line, status: record.status })
    },
    duplicate(side) {
      duplicates[side] += 1
    },
    warn(message) {
      warnings.push(message)
    },
  })

  for (const side of ['baseline', 'candidate'] as const)
    if (counts.common + counts[side === 'baseline' ? 'onlyBaseline' : 'onlyCandidate'] === 0)
      throw new InsideLLMsError(
        'invalid_request',
        `${runs[side].recordsPath} holds no record: there is nothing to compare.`,
      )

  const tests = statistics.report({ alpha, confidence, seed })
  const gates = failOn.map((gate) => decideGate(gate, counts, tests))
  const causeList = causes.report(runs.baseline.manifest, runs.candidate.manifest)
  return {
    schema: 'insidellms.diff/1',
    baseline,
    candidate,
    runIds: { baseline: [...runIds.baseline].sort(), candidate: [...runIds.candidate].sort() },
    counts,
    duplicates,
    items,
    onlyBaseline: lone.baseline,
    onlyCandidate: lone.candidate,
    causes: causeList,
    verdict: verdict(counts, causeList),
    statistics: tests,
    ignored: [...ignore].sort(),
    warnings,
    gates,
    exitCode: gates.some((gate) => gate.hit) ? 2 : 0,
  }
}

function checkOptions(failOn: readonly string[], alpha: number, confidence: number): void {
  const unknown = failOn.find((gate) => !(gateNames as readonly string[]).includes(gate))
  if (unknown !== undefined)
    throw new InsideLLMsError('config', `There is no gate "${unknown}". The gates are ${gateNames.join(', ')}.`)
  for (const [name, value] of Object.entries({ alpha, confidence }))
    if (!(value > 0 && value < 1))
      throw new InsideLLMsError(
        'config',
        `${name} is ${value}; it must lie between 0 and 1, such as ${name === 'alpha' ? '0.05' : '0.95'}.`,
      )
}

function emptyCounts(): DiffCounts {
  return {
    common: 0,
    unchanged: 0,
    onlyBaseline: 0,
    onlyCandidate: 0,
    regressions: 0,
    improvements: 0,
    otherChanges: 0,
    detailChanges: 0,
    traceDrifts: 0,
    traceViolationIncreases: 0,
    trajectoryDrifts: 0,
    byKind: {},
  }
}

const traceCounts: Partial<Record<ChangeKind, 'traceDrifts' | 'traceViolationIncreases' | 'trajectoryDrifts'>> = {
  trace_drift: 'traceDrifts',
  trace_violations_increased: 'traceViolationIncreases',
  trajectory_drift: 'trajectoryDrifts',
}

const categoryCounts = {
  regression: 'regressions',
  improvement: 'improvements',
  change: 'otherChanges',
  detail: 'detailChanges',
} as const

function countChanges(counts: DiffCounts, changes: readonly Change[]): void {
  for (const { kind, category } of changes) {
    counts.byKind[kind] = (counts.byKind[kind] ?? 0) + 1
    const name = category === 'trace' ? traceCounts[kind] : categoryCounts[category]
    if (name !== undefined) counts[name] += 1
  }
}

import type { RecordView } from '../read/record-view.ts'
import { CauseTally } from './cause-tally.ts'
import { compareRecords } from './compare-records.ts'
import { PairStatistics } from './compare-statistics.ts'
import type { Change, ChangeKind, DiffCounts, ItemDiff, LoneItem } from './diff-report.ts'
import { RecordCauses } from './record-causes.ts'
import { summariseSides } from './side-summary.ts'
import type { PairHandler, Side } from './walk-pairs.ts'

export interface CollectOptions {
  /** Names in lower case. */
  ignore: ReadonlySet<string>
  limit: number
  onItem?: ((item: ItemDiff) => void) | undefined
}

/** Runs whose records name many run ids are merged ones; a few show that. */
const mostRunIds = 100

/** Gathers what a walk over two runs finds. */
export class DiffCollector implements PairHandler {
  readonly counts: DiffCounts = {
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
  readonly duplicates: Record<Side, number> = { baseline: 0, candidate: 0 }
  readonly runIds: Record<Side, Set<string>> = { baseline: new Set(), candidate: new Set() }
  readonly items: ItemDiff[] = []
  readonly lone: Record<Side, LoneItem[]> = { baseline: [], candidate: [] }
  readonly warnings: string[] = []
  readonly statistics: PairStatistics = new PairStatistics()
  readonly causes: CauseTally
  readonly #recordCauses = new RecordCauses()
  readonly #options: CollectOptions

  constructor(options: CollectOptions) {
    this.#options = options
    this.causes = new CauseTally(options.ignore)
  }

  /** Both runs are the same bytes. */
  identical(records: number): void {
    this.counts.common = records
    this.counts.unchanged = records
  }

  recognise(buffer: Buffer, start: number, end: number): boolean {
    if (!this.statistics.recognise(buffer, start, end)) return false
    this.counts.common += 1
    this.counts.unchanged += 1
    return true
  }

  same(record: RecordView): void {
    this.counts.common += 1
    this.counts.unchanged += 1
    this.statistics.addSame(record)
  }

  pair(baseline: RecordView, candidate: RecordView): void {
    const { ignore, limit, onItem } = this.#options
    this.counts.common += 1
    this.noteRunId('baseline', baseline)
    this.noteRunId('candidate', candidate)
    this.statistics.addPair(baseline, candidate)
    const changes = compareRecords(baseline, candidate, ignore)
    const causes = this.causes.add(this.#recordCauses.of(baseline, candidate), changes.length > 0)
    if (changes.length === 0) {
      this.counts.unchanged += 1
      return
    }
    this.#count(changes)
    if (this.items.length >= limit && onItem === undefined) return
    const item = { key: baseline.key, changes, causes, ...summariseSides(baseline, candidate) }
    onItem?.(item)
    if (this.items.length < limit) this.items.push(item)
  }

  only(side: Side, record: RecordView): void {
    this.counts[side === 'baseline' ? 'onlyBaseline' : 'onlyCandidate'] += 1
    this.noteRunId(side, record)
    if (this.lone[side].length < this.#options.limit)
      this.lone[side].push({ key: record.key, line: record.line, status: record.status })
  }

  duplicate(side: Side): void {
    this.duplicates[side] += 1
  }

  warn(message: string): void {
    this.warnings.push(message)
  }

  noteRunId(side: Side, record: RecordView | undefined): void {
    const id = record?.string('run_id')
    if (id !== undefined && this.runIds[side].size < mostRunIds) this.runIds[side].add(id)
  }

  #count(changes: readonly Change[]): void {
    for (const { kind, category } of changes) {
      this.counts.byKind[kind] = (this.counts.byKind[kind] ?? 0) + 1
      const name = category === 'trace' ? traceCounts[kind] : categoryCounts[category]
      if (name !== undefined) this.counts[name] += 1
    }
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

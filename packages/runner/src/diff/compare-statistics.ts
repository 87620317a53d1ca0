import type { RecordView } from '../read/record-view.ts'
import { holmCorrection } from '../statistics/holm-correction.ts'
import type { Comparison, DiffReport } from './diff-report.ts'
import { RecordShape } from './record-shape.ts'
import { ScoreTally } from './score-tally.ts'

interface Group {
  model: string
  probe: string
  metric: string
  score: ScoreTally
  answered: ScoreTally
  lastRepeat: number
  /** Repeats of an item follow each other, so all have been seen once one begins anew. */
  repeatsKnown: boolean
}

/** Paired statistics over all pairs of two runs, by model, probe and primary metric. */
export class PairStatistics {
  readonly #groups = new Map<string, Group>()
  /** How the records of the latest group look. */
  #shape: RecordShape | undefined
  #shapeGroup: Group | undefined

  /** A pair whose two records are these bytes. False: not recognised, `addSame` is needed. */
  recognise(buffer: Buffer, start: number, end: number): boolean {
    const sketch = this.#shape?.recognise(buffer, start, end)
    if (sketch === undefined || this.#shapeGroup === undefined) return false
    addSameTo(this.#shapeGroup, sketch.score, sketch.answered, 0)
    return true
  }

  /** A pair whose two records are the same bytes. */
  addSame(record: RecordView): void {
    const group = this.#group(record)
    const { repeat } = record
    addSameTo(group, record.score, record.status === 'success', repeat)
    group.repeatsKnown ||= repeat <= group.lastRepeat
    group.lastRepeat = repeat
    if (!group.repeatsKnown) return
    if (this.#shapeGroup !== group) this.#shape = RecordShape.of(record)
    this.#shapeGroup = group
    this.#shape?.learn(record)
  }

  addPair(baseline: RecordView, candidate: RecordView): void {
    const group = this.#group(baseline)
    const { example, repeat } = baseline
    const comparable = baseline.string('primary_metric') === candidate.string('primary_metric')
    const before = comparable ? baseline.score : undefined
    const after = comparable ? candidate.score : undefined
    if (before === undefined || after === undefined) group.score.unscored += 1
    else group.score.add(example, before, after, repeat)
    const passed = (record: RecordView): number => (record.status === 'success' ? 1 : 0)
    group.answered.add(example, passed(baseline), passed(candidate), repeat)
  }

  /**
   * Comparisons by probe and, where there are several, over all of them. Holm's correction goes over every comparison in
   * which something differs; the others have a p value of 1 whatever the direction, and are no chance of an alarm.
   */
  report(options: { alpha: number; confidence: number; seed: number }): DiffReport['statistics'] {
    const groups = [...this.#groups.values()]
    const severalModels = new Set(groups.map((group) => group.model)).size > 1
    const byProbe = groups.flatMap((group) => {
      const name = { model: severalModels ? group.model : null, probe: group.probe }
      return [
        group.score.compare({ ...name, metric: group.metric }, options),
        group.answered.changed ? group.answered.compare({ ...name, metric: 'answered' }, options) : undefined,
      ].filter((comparison) => comparison !== undefined)
    })
    const overall = groups.length > 1 ? this.#overall(groups, options) : []
    const family = [...byProbe, ...overall].filter((comparison) => comparison.p < 1 || comparison.difference !== 0)
    const adjusted = holmCorrection(family.map((comparison) => comparison.p))
    for (const [index, comparison] of family.entries()) {
      comparison.pAdjusted = adjusted[index]!
      comparison.significant = comparison.pAdjusted <= options.alpha
    }
    return { alpha: options.alpha, confidence: options.confidence, overall, byProbe }
  }

  /** Scores of different scales have no common mean: an overall figure needs one metric, or pass and fail throughout. */
  #overall(groups: readonly Group[], options: { alpha: number; confidence: number; seed: number }): Comparison[] {
    const scored = groups.filter((group) => group.score.pairs > 0)
    const metrics = new Set(scored.map((group) => group.metric))
    const score = new ScoreTally()
    const answered = new ScoreTally()
    for (const group of groups) {
      const prefix = `${group.model}\u0000${group.probe}`
      score.merge(group.score, prefix)
      answered.merge(group.answered, prefix)
    }
    const name = { model: null, probe: null }
    return [
      metrics.size === 1 || score.passOrFail
        ? score.compare({ ...name, metric: metrics.size === 1 ? [...metrics][0]! : 'passed' }, options)
        : undefined,
      answered.changed ? answered.compare({ ...name, metric: 'answered' }, options) : undefined,
    ].filter((comparison) => comparison !== undefined)
  }

  #group(record: RecordView): Group {
    const { model, probe } = record
    const metric = record.string('primary_metric') ?? 'score'
    const key = `${model}\u0000${probe}\u0000${metric}`
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = {
        model,
        probe,
        metric,
        score: new ScoreTally(),
        answered: new ScoreTally(),
        lastRepeat: -1,
        repeatsKnown: false,
      }
      this.#groups.set(key, group)
    }
    return group
  }
}

function addSameTo(group: Group, score: number | undefined, answered: boolean, repeat: number): void {
  if (score === undefined) group.score.unscored += 1
  else group.score.addSame(score, repeat)
  group.answered.addSame(answered ? 1 : 0, repeat)
}

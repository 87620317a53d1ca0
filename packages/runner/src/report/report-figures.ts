import type { RecordView } from '../read/record-view.ts'
import { ScoreFigures } from '../statistics/score-figures.ts'

/** What one model made of one probe in one run. */
export interface ReportFigure {
  run: number
  model: string
  probe: string
  metric: string
  /** Items with a score; repeats of one item count as one. */
  items: number
  mean: number
  low: number | null
  high: number | null
  /** Whether the metric is pass or fail, and the mean a share. */
  share: boolean
  records: number
  answered: number
}

interface Group {
  figure: Omit<ReportFigure, 'items' | 'mean' | 'low' | 'high' | 'share'>
  scores: ScoreFigures
  item: number
  example: string
}

/** Adds records up by run, model, probe and primary metric. */
export class ReportFigures {
  readonly #groups = new Map<string, Group>()

  add(run: number, record: RecordView): void {
    const { model, probe, example } = record
    const metric = record.string('primary_metric') ?? 'score'
    const key = `${run}\u0000${model}\u0000${probe}\u0000${metric}`
    let group = this.#groups.get(key)
    if (group === undefined) {
      const figure = { run, model, probe, metric, records: 0, answered: 0 }
      group = { figure, scores: new ScoreFigures(), item: 0, example }
      this.#groups.set(key, group)
    }
    if (example !== group.example) {
      group.example = example
      group.item += 1
    }
    group.figure.records += 1
    if (record.status === 'success') group.figure.answered += 1
    const { score } = record
    if (score !== undefined) group.scores.add(group.item, score)
  }

  /** By probe, then as the records came. */
  figures(confidence: number): ReportFigure[] {
    const figures = [...this.#groups.values()].map(({ figure, scores }): ReportFigure => {
      const { ci } = scores.toJSON(confidence) as { ci: { lower: number | null; upper: number | null } }
      return { ...figure, items: scores.n, mean: scores.mean, low: ci.lower, high: ci.upper, share: scores.binary }
    })
    return figures.sort((a, b) => (a.probe < b.probe ? -1 : a.probe > b.probe ? 1 : 0))
  }
}

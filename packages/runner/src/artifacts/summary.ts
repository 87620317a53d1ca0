import type { JsonObject } from '@insidellms/core'
import type { Experiment, Task } from '../run/experiment.ts'
import { ScoreFigures } from '../statistics/score-figures.ts'
import { wilsonInterval } from '../statistics/wilson-interval.ts'
import type { ItemRecord, RecordStatus } from './record.ts'
import { schemaVersion } from './schema-version.ts'

export type StatusCounts = Record<RecordStatus, number>

interface ExperimentFigures {
  experiment: Experiment
  counts: StatusCounts
  scores: Map<string, ScoreFigures>
}

/** Adds records up in their order, in constant memory. */
export class SummaryBuilder {
  readonly counts: StatusCounts = noCounts()
  readonly #experiments: ExperimentFigures[]
  readonly #confidence: number

  constructor(experiments: readonly Experiment[], confidence: number) {
    this.#confidence = confidence
    this.#experiments = experiments.map((experiment) => ({ experiment, counts: noCounts(), scores: new Map() }))
  }

  add({ experiment, itemIndex }: Pick<Task, 'experiment' | 'itemIndex'>, record: Omit<ItemRecord, 'line'>): void {
    const figures = this.#experiments[experiment.index]!
    this.counts[record.status]++
    figures.counts[record.status]++
    for (const name in record.scores) {
      let score = figures.scores.get(name)
      if (score === undefined) figures.scores.set(name, (score = new ScoreFigures()))
      score.add(itemIndex, record.scores[name]!)
    }
  }

  /** summary.json. */
  build(generatedAt: string, config: JsonObject): JsonObject {
    const models = unique(this.#experiments.map(({ experiment }) => experiment.model.label))
    const probes = unique(this.#experiments.map(({ experiment }) => experiment.probe.label))
    const share = (label: (experiment: Experiment) => string, wanted: string): JsonObject =>
      this.#share(this.#experiments.filter(({ experiment }) => label(experiment) === wanted))
    return {
      config,
      generated_at: generatedAt,
      schema_version: schemaVersion,
      summary: {
        by_model: Object.fromEntries(models.map((label) => [label, share(({ model }) => model.label, label)])),
        by_probe: Object.fromEntries(probes.map((label) => [label, share(({ probe }) => probe.label, label)])),
        experiments: this.#experiments.map((figures) => this.#experiment(figures)),
        overall: this.#share(this.#experiments),
        total_experiments: this.#experiments.length,
        unique_models: [...models].sort(),
        unique_probes: [...probes].sort(),
      },
    }
  }

  #experiment({ experiment, counts, scores }: ExperimentFigures): JsonObject {
    const { model, probe } = experiment
    return {
      model: model.label,
      primary_metric: probe.probe.primaryMetric,
      probe: probe.label,
      scores: Object.fromEntries(
        [...scores]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, figures]) => [name, figures.toJSON(this.#confidence)]),
      ),
      status_counts: { ...counts },
      success_rate: this.#rate(counts),
    }
  }

  #share(experiments: readonly ExperimentFigures[]): JsonObject {
    const counts = noCounts()
    for (const figures of experiments) for (const status of statuses) counts[status] += figures.counts[status]
    return {
      n_experiments: experiments.length,
      status_counts: counts as unknown as JsonObject,
      success_rate: this.#rate(counts),
    }
  }

  /** The share of records without an error. */
  #rate(counts: StatusCounts): JsonObject {
    const total = statuses.reduce((sum, status) => sum + counts[status], 0)
    const { low, high } = wilsonInterval(counts.success, total, this.#confidence)
    return {
      confidence_level: this.#confidence,
      lower: low,
      method: 'wilson',
      n: total,
      point_estimate: total === 0 ? null : counts.success / total,
      upper: high,
    }
  }
}

const statuses: readonly RecordStatus[] = ['error', 'rate_limited', 'success', 'timeout']

function noCounts(): StatusCounts {
  return { error: 0, rate_limited: 0, success: 0, timeout: 0 }
}

function unique(values: string[]): string[] {
  return [...new Set(values)]
}

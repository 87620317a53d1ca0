import type { JsonObject } from '@insidellms/core'
import type { Experiment, Task } from '../run/experiment.ts'
import { studentQuantile } from '../statistics/student-quantile.ts'
import { wilsonInterval } from '../statistics/wilson-interval.ts'
import type { ItemRecord, RecordStatus } from './record.ts'
import { schemaVersion } from './schema-version.ts'

export type StatusCounts = Record<RecordStatus, number>

/** Figures of the scores of one name. With repeats an item counts once, by the mean of its repeats. */
class ScoreFigures {
  n = 0
  mean = 0
  min = Number.POSITIVE_INFINITY
  max = Number.NEGATIVE_INFINITY
  /** Whether every score was 0 or 1: then it is a share. */
  binary = true
  #squares = 0
  #item = -1
  #sum = 0
  #repeats = 0

  add(item: number, score: number): void {
    if (item !== this.#item) this.#close()
    this.#item = item
    this.#sum += score
    this.#repeats++
  }

  toJSON(confidence: number): JsonObject {
    this.#close()
    const deviation = this.n > 1 ? Math.sqrt(this.#squares / (this.n - 1)) : 0
    const interval = this.#interval(deviation, confidence)
    return {
      ci: { confidence_level: confidence, point_estimate: this.mean, ...interval },
      max: this.max,
      mean: this.mean,
      min: this.min,
      n: this.n,
      std: deviation,
    }
  }

  #interval(deviation: number, confidence: number): JsonObject {
    if (this.binary) {
      const { low, high } = wilsonInterval(Math.round(this.mean * this.n), this.n, confidence)
      return { lower: low, method: 'wilson', upper: high }
    }
    if (this.n < 2) return { lower: null, method: 't', upper: null }
    const half = (studentQuantile(1 - (1 - confidence) / 2, this.n - 1) * deviation) / Math.sqrt(this.n)
    return { lower: this.mean - half, method: 't', upper: this.mean + half }
  }

  /** Welford's update, Technometrics 4 (1962). */
  #close(): void {
    if (this.#repeats === 0) return
    const score = this.#sum / this.#repeats
    this.#sum = 0
    this.#repeats = 0
    this.n++
    const change = score - this.mean
    this.mean += change / this.n
    this.#squares += change * (score - this.mean)
    if (score < this.min) this.min = score
    if (score > this.max) this.max = score
    if (score !== 0 && score !== 1) this.binary = false
  }
}

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

import { ExactNumber } from '../read/exact-json.ts'
import type { RecordView } from '../read/record-view.ts'
import { usageOf } from './inspect-sample.ts'

export interface InspectFigure {
  runId: string
  startedAt: string
  completedAt: string
  probeVersion: string | undefined
  samples: number
  completed: number
  examples: number
  epochs: number
  usage: Record<string, number>
  scores: { name: string; scored: number; mean: number; standardError?: number }[]
}

interface Sum {
  count: number
  mean: number
  squares: number
}

interface Group {
  figure: Omit<InspectFigure, 'scores' | 'examples'>
  sums: Map<string, Sum>
}

/** What an Inspect log says before its samples: counts, means and usage by model and probe. */
export class InspectFigures {
  readonly #groups = new Map<string, Group>()

  add(record: RecordView): void {
    const key = JSON.stringify([record.model, record.probe])
    const version = record.object('probe').get('probe_version')
    const startedAt = record.string('started_at') ?? ''
    const completedAt = record.string('completed_at') ?? ''
    let group = this.#groups.get(key)
    if (group === undefined) {
      const probeVersion = typeof version === 'string' ? version : undefined
      const runId = record.string('run_id') ?? ''
      const figure = { runId, startedAt, completedAt, probeVersion, samples: 0, completed: 0, epochs: 1, usage: {} }
      group = { figure, sums: new Map() }
      this.#groups.set(key, group)
    }
    const { figure, sums } = group
    figure.samples += 1
    figure.completedAt = completedAt
    figure.epochs = Math.max(figure.epochs, record.repeat + 1)
    if (record.status === 'success') figure.completed += 1
    for (const [name, count] of Object.entries(usageOf(record))) figure.usage[name] = (figure.usage[name] ?? 0) + count
    for (const [name, value] of record.object('scores'))
      if (value instanceof ExactNumber && Number.isFinite(value.value)) addTo(sums, name, value.value)
  }

  of(model: string, probe: string): InspectFigure {
    const { figure, sums } = this.#groups.get(JSON.stringify([model, probe]))!
    const scores = [...sums].map(([name, { count, mean, squares }]) => ({
      name,
      scored: count,
      mean,
      ...(count > 1 ? { standardError: Math.sqrt(squares / (count - 1) / count) } : {}),
    }))
    return { ...figure, examples: Math.ceil(figure.samples / figure.epochs), scores }
  }
}

/** Welford's update, Technometrics 4 (1962). */
function addTo(sums: Map<string, Sum>, name: string, value: number): void {
  const sum = sums.get(name) ?? { count: 0, mean: 0, squares: 0 }
  sum.count += 1
  const change = value - sum.mean
  sum.mean += change / sum.count
  sum.squares += change * (value - sum.mean)
  sums.set(name, sum)
}

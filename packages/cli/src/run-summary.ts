import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type RunResult, visibleText } from '@insidellms/runner'
import { table } from './table.ts'
import { duration } from './terminal-progress.ts'

interface Experiment {
  model: string
  probe: string
  primary_metric: string
  scores: Record<string, { n: number; mean: number; ci: { lower: number | null; upper: number | null } }>
  status_counts: Record<string, number>
}

/** What a person wants to know when a run has ended: the scores with their intervals, the errors, and where it all is. */
export async function runSummary({ runDir, counts, total, status, progress }: RunResult): Promise<string> {
  const done = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const errors = done - counts.success
  const facts = [
    `${done} of ${total} items`,
    `${errors} ${errors === 1 ? 'error' : 'errors'}`,
    duration(progress.elapsedMs),
    `${runDir}`,
  ]
  const head = status === 'stopped' ? 'Stopped' : 'Done'
  return `${await scores(runDir)}${head}: ${facts.join(' · ')}\n`
}

/** A stopped run has no summary yet. */
async function scores(runDir: string): Promise<string> {
  let text: string
  try {
    text = await readFile(join(runDir, 'summary.json'), 'utf8')
  } catch {
    return ''
  }
  const { experiments } = (JSON.parse(text) as { summary: { experiments: Experiment[] } }).summary
  const rows = experiments.map(({ model, probe, primary_metric: metric, scores: figures, status_counts: statuses }) => {
    const figure = figures[metric]
    const interval =
      figure?.ci.lower == null || figure.ci.upper == null
        ? ''
        : `[${percent(figure.ci.lower)}, ${percent(figure.ci.upper)}]`
    const errors = Object.entries(statuses).reduce(
      (sum, [status, count]) => sum + (status === 'success' ? 0 : count),
      0,
    )
    return [
      visibleText(model),
      visibleText(probe),
      metric,
      figure ? percent(figure.mean) : 'none',
      interval,
      String(figure?.n ?? 0),
      String(errors),
    ]
  })
  return table([['model', 'probe', 'metric', 'mean', '95 % interval', 'items', 'errors'], ...rows])
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

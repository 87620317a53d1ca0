import { join } from 'node:path'
import { withChild } from '../lib/child.mjs'
import { takeTurns } from '../lib/results.mjs'
import { withTemporaryDirectory } from '../lib/temporary-directory.mjs'

/**
 * By contender, the file. One row group is what pyarrow makes of a million rows.
 *
 * @type {Record<string, string>}
 */
const files = {
  jsonl: 'rows.jsonl',
  json: 'rows.json',
  csv: 'rows.csv',
  parquet: 'rows.parquet',
  'parquet, one row group': 'one-group.parquet',
}

const scenarios = {
  'first 10': { maxExamples: 10 },
  'filter and sample of 10': { filter: { level: [1, 2] }, sample: { size: 10 } },
}

/**
 * A run over a few rows of a large file: it is read and checked whole, in memory that does not grow with it. A sample reads
 * it once more.
 *
 * @param {import('../lib/contenders.mjs').Options} options
 * @returns {Promise<import('../lib/results.mjs').Result[]>}
 */
export function dataset({ items, rounds = 3 }) {
  return withTemporaryDirectory(async (directory) => {
    for (const file of Object.values(files))
      await withChild('workers/dataset.mjs', [], (worker) =>
        worker.ask('write', { path: join(directory, file), items }),
      )
    /** @type {import('../lib/results.mjs').Result[]} */
    const results = []
    for (const [scenario, choice] of Object.entries(scenarios))
      results.push({
        suite: 'dataset',
        scenario: `${items} rows, ${scenario}`,
        baseline: 'jsonl',
        columns: [
          { title: 'ms', metric: 'wallMs' },
          { title: 'x jsonl', metric: 'wallMs', show: 'ratio', digits: 2 },
          { title: 'CPU ms', metric: 'cpuMs' },
          { title: 'peak RSS MB', metric: 'peakRssMb' },
          { title: 'MB above bare', metric: 'aboveBareMb' },
        ],
        contenders: await takeTurns(Object.keys(files), rounds, (name) =>
          withTemporaryDirectory((runDir) =>
            withChild('workers/dataset.mjs', [], async (worker) => {
              const bareMb = await worker.ask('bare', {})
              const job = { path: join(directory, String(files[name])), runDir: join(runDir, 'run'), choice }
              const { cpuUs, wallUs, peakRssMb } = await worker.ask('read', job)
              return { wallMs: wallUs / 1000, cpuMs: cpuUs / 1000, peakRssMb, aboveBareMb: peakRssMb - bareMb }
            }),
          ),
        ),
      })
    return results
  })
}

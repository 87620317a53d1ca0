import { statSync } from 'node:fs'
import { join } from 'node:path'
import { withChild } from '../lib/child.mjs'
import { takeTurns } from '../lib/results.mjs'
import { withTemporaryDirectory } from '../lib/temporary-directory.mjs'

const contenders = ['parse-all', 'validate', 'verify', 'report']

/**
 * A run checked and shown, beside a script that parses every record. The rate is that of records.jsonl and calls.jsonl for
 * those who read both.
 *
 * @param {import('../lib/contenders.mjs').Options} options
 * @returns {Promise<import('../lib/results.mjs').Result[]>}
 */
export function evidence({ items, rounds = 3 }) {
  return withTemporaryDirectory(async (directory) => {
    const runDir = await withChild('workers/evidence.mjs', [], (worker) => worker.ask('makeRun', { directory, items }))
    const megabytes = (/** @type {string} */ name) => statSync(join(runDir, name)).size / 1e6
    const records = megabytes('records.jsonl')
    const both = records + megabytes('calls.jsonl')
    return [
      {
        suite: 'evidence',
        scenario: `${items} records, ${records.toFixed(0)} MB, and ${(both - records).toFixed(0)} MB of calls`,
        baseline: 'parse-all',
        columns: [
          { title: 'ms', metric: 'wallMs' },
          { title: 'MB/s', metric: 'perSecond' },
          { title: 'CPU ms', metric: 'cpuMs' },
          { title: 'MB above bare', metric: 'aboveBareMb' },
        ],
        contenders: await takeTurns(contenders, rounds, (name) =>
          withChild('workers/evidence.mjs', [], async (worker) => {
            const { peakRssMb: bareMb } = await worker.ask('bare')
            const { cpuUs, wallUs, peakRssMb } = await worker.ask(name, { runDir, items, directory })
            return {
              wallMs: wallUs / 1000,
              perSecond: (name === 'verify' ? both : records) / (wallUs / 1e6),
              cpuMs: cpuUs / 1000,
              aboveBareMb: peakRssMb - bareMb,
            }
          }),
        ),
      },
    ]
  })
}

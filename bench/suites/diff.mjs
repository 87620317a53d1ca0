import { cpSync, createReadStream, createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { withChild } from '../lib/child.mjs'
import { takeTurns } from '../lib/results.mjs'
import { withTemporaryDirectory } from '../lib/temporary-directory.mjs'

const changedEvery = { 'all the same': Number.POSITIVE_INFINITY, '1 of 100 outputs changed': 100 }

/**
 * Two runs compared, causes and statistics included, beside a script that parses every record of both and counts.
 *
 * @param {import('../lib/contenders.mjs').Options} options
 * @returns {Promise<import('../lib/results.mjs').Result[]>}
 */
export function diff({ items, rounds = 3 }) {
  return withTemporaryDirectory(async (directory) => {
    const baseline = await withChild('workers/diff.mjs', [], (worker) => worker.ask('makeRun', { directory, items }))
    /** @type {import('../lib/results.mjs').Result[]} */
    const results = []
    for (const [scenario, every] of Object.entries(changedEvery)) {
      const candidate = join(directory, `candidate-${every}`)
      await copyRun(baseline, candidate, every)
      const expected = Math.ceil(items / every) * Number(Number.isFinite(every))
      results.push({
        suite: 'diff',
        scenario: `${items} records a side, ${scenario}`,
        baseline: 'parse-all',
        columns: [
          { title: 'ms', metric: 'wallMs' },
          { title: 'x parse-all', metric: 'wallMs', show: 'ratio', digits: 2 },
          { title: 'CPU ms', metric: 'cpuMs' },
          { title: 'peak RSS MB', metric: 'peakRssMb' },
        ],
        contenders: await takeTurns(['parse-all', 'insidellms'], rounds, (name) =>
          withChild('workers/diff.mjs', [], async (worker) => {
            const { cpuUs, wallUs, peakRssMb } = await worker.ask(name, { baseline, candidate, expected })
            return { wallMs: wallUs / 1000, cpuMs: cpuUs / 1000, peakRssMb }
          }),
        ),
      })
    }
    return results
  })
}

/**
 * @param {string} from
 * @param {string} to
 * @param {number} every Which records get another output.
 */
async function copyRun(from, to, every) {
  mkdirSync(to)
  cpSync(join(from, 'manifest.json'), join(to, 'manifest.json'))
  const lines = createInterface({ input: createReadStream(join(from, 'records.jsonl')), crlfDelay: Infinity })
  async function* changed() {
    let index = 0
    for await (const line of lines) {
      const record =
        index++ % every === 0 && Number.isFinite(every)
          ? { ...JSON.parse(line), output: 'Lyon', output_text: 'Lyon' }
          : undefined
      yield `${record === undefined ? line : JSON.stringify(record)}\n`
    }
  }
  await pipeline(Readable.from(changed()), createWriteStream(join(to, 'records.jsonl')))
}

import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { withChild } from '../lib/child.mjs'
import { takeTurns } from '../lib/results.mjs'
import { withTemporaryDirectory } from '../lib/temporary-directory.mjs'

const contenders = ['raw-sdk', 'floor-undici', 'ai-sdk', 'langchain']

/**
 * A whole run at concurrency 64, all artifacts written, beside bare loops.
 *
 * @param {import('../lib/contenders.mjs').Options} options
 * @returns {Promise<import('../lib/results.mjs').Result[]>}
 */
export async function run({ items, only, rounds = 3 }) {
  const loops = contenders.filter((name) => name === 'raw-sdk' || (only?.includes(name) ?? true))
  const measured = await withTemporaryDirectory((directory) => {
    const dataset = join(directory, 'questions.jsonl')
    writeQuestions(dataset, items)
    return takeTurns(['insidellms', ...loops], rounds, (name) =>
      withTemporaryDirectory((output) => runOnce(name, { items, dataset, directory: output })),
    )
  })
  return [
    {
      suite: 'run',
      scenario: `openai, ${items} items, 64 at once`,
      baseline: 'raw-sdk',
      columns: [
        { title: 'items/s', metric: 'perSecond' },
        { title: 'x raw SDK', metric: 'perSecond', show: 'ratio', digits: 2 },
        { title: 'CPU s per 1,000', metric: 'cpuPerThousand', digits: 3 },
        { title: 'x raw SDK', metric: 'cpuPerThousand', show: 'ratio', digits: 2 },
        { title: 'peak RSS MB', metric: 'peakRssMb' },
        { title: 'MB written', metric: 'writtenMb', digits: 1 },
      ],
      contenders: measured,
    },
  ]
}

/**
 * @param {string} name
 * @param {{ items: number, dataset: string, directory: string }} where
 */
async function runOnce(name, { items, dataset, directory }) {
  return withChild('workers/server.mjs', [], async (server) => {
    const origin = await server.ask('origin')
    return withChild('workers/run.mjs', [], async (worker) => {
      const { cpuUs, wallUs, peakRssMb } =
        name === 'insidellms'
          ? await worker.ask('runner', { origin, dataset, directory: join(directory, 'run') })
          : await worker.ask('loop', { origin, items, directory, contender: `openai/${name}` })
      return {
        perSecond: (items / wallUs) * 1e6,
        cpuPerThousand: cpuUs / 1000 / items,
        peakRssMb,
        writtenMb: megabytesIn(directory),
      }
    })
  })
}

/**
 * @param {string} path
 * @param {number} items
 */
function writeQuestions(path, items) {
  const file = openSync(path, 'w')
  for (let index = 0; index < items; index++)
    writeSync(
      file,
      `${JSON.stringify({ id: `q${index}`, question: `Question ${index}: what is the capital of France?`, answer: 'Paris' })}\n`,
    )
  closeSync(file)
}

/** @param {string} directory */
function megabytesIn(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size / 1e6, 0)
}

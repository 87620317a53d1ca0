import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withChild } from '../lib/child.mjs'
import { takeTurns } from '../lib/results.mjs'
import { withTemporaryDirectory } from '../lib/temporary-directory.mjs'

const here = fileURLToPath(new URL('..', import.meta.url))
const cli = fileURLToPath(new URL('../../packages/cli/dist/bin.js', import.meta.url))
const reportUsage = new URL('../workers/report-usage.mjs', import.meta.url).href

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
 * @param {{ items: number, dataset: string, directory: string }} job
 */
async function runOnce(name, { items, dataset, directory }) {
  return withChild('workers/server.mjs', [], async (server) => {
    const origin = await server.ask('origin')
    const { cpuUs, wallUs, peakRssMb } =
      name === 'insidellms'
        ? await runCommand(origin, items, dataset, directory)
        : await withChild('workers/loop.mjs', [], (worker) =>
            worker.ask('run', { origin, items, directory, contender: `openai/${name}` }),
          )
    return {
      perSecond: (items / wallUs) * 1e6,
      cpuPerThousand: cpuUs / 1000 / items,
      peakRssMb,
      writtenMb: megabytesIn(directory),
    }
  })
}

/**
 * `insidellms run` as a user runs it: the start of the process, discovery and all artifacts count.
 *
 * @param {string} origin
 * @param {number} items
 * @param {string} dataset
 * @param {string} directory
 */
async function runCommand(origin, items, dataset, directory) {
  const config = join(directory, 'config.json')
  const usage = join(directory, 'usage.json')
  const runDirectory = join(directory, 'run')
  const args = { modelName: 'gpt-4o-mini', apiKey: 'none', baseUrl: `${origin}/v1` }
  const asked = { model: { type: 'openai', args }, probe: 'factuality', dataset: { path: dataset }, concurrency: 64 }
  writeFileSync(config, JSON.stringify(asked))
  const start = performance.now()
  const command = spawn(
    process.execPath,
    ['--import', reportUsage, cli, 'run', config, '--run-dir', runDirectory, '--quiet'],
    { cwd: here, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, BENCH_USAGE_FILE: usage } },
  )
  const [code] = await once(command, 'exit')
  const wallUs = (performance.now() - start) * 1000
  const { success_count: succeeded } = JSON.parse(readFileSync(join(runDirectory, 'manifest.json'), 'utf8'))
  if (code !== 0 || succeeded !== items) throw new Error(`Exit code ${code}; ${succeeded} of ${items} items succeeded.`)
  return { wallUs, .../** @type {{ cpuUs: number, peakRssMb: number }} */ (JSON.parse(readFileSync(usage, 'utf8'))) }
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

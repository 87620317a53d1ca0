import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { vendors } from './lib/contenders.mjs'
import { printResult, printTable, valueOf } from './lib/results.mjs'
import { limits } from './limits.mjs'
import { call } from './suites/call.mjs'
import { concurrent } from './suites/concurrent.mjs'
import { dataset } from './suites/dataset.mjs'
import { diff } from './suites/diff.mjs'
import { evidence } from './suites/evidence.mjs'
import { imports } from './suites/import.mjs'
import { run } from './suites/run.mjs'
import { stream } from './suites/stream.mjs'

const suites = { call, concurrent, stream, import: imports, run, diff, evidence, dataset }

const usage = `node run.mjs [options]
  --suite a,b     ${Object.keys(suites).join(' ')}. Default: all.
  --vendor a,b    ${vendors.join(' ')}. Default: all.
  --only a,b      Contenders beside the raw SDK, by file name. Default: all.
  --rounds N      Turns of each contender. Default: what each suite needs to be steady.
  --items N       Items of a run or a dataset, in run, diff, evidence and dataset. Default: 20000.
  --json FILE     Writes every sample.
  --check         Holds the results against limits.mjs; exit code 1 when one is missed.`

const { values } = parseArgs({
  // pnpm hands its own "--" on.
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    suite: { type: 'string' },
    vendor: { type: 'string' },
    only: { type: 'string' },
    rounds: { type: 'string' },
    items: { type: 'string', default: '20000' },
    json: { type: 'string' },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  console.log(usage)
  process.exit()
}

const names = /** @type {(keyof typeof suites)[]} */ (values.suite?.split(',') ?? Object.keys(suites))
const unknown = names.find((name) => !Object.hasOwn(suites, name))
if (unknown !== undefined) {
  console.error(`There is no suite "${unknown}".\n${usage}`)
  process.exit(64)
}

const options = {
  vendors: values.vendor?.split(','),
  only: values.only?.split(','),
  rounds: values.rounds === undefined ? undefined : Number(values.rounds),
  items: Number(values.items),
}
const machine = `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} x ${cpus()[0]?.model}`
const date = new Date().toISOString()
console.log(`${machine}, ${date}`)

/** @type {import('./lib/results.mjs').Result[]} */
const results = []
for (const name of names)
  for (const result of await suites[name](options)) {
    results.push(result)
    printResult(result)
  }

if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, date, results }, null, 2)}\n`)
if (values.check) check()

function check() {
  const rows = limits
    .filter(({ suite }) => names.some((name) => name === suite))
    .map(({ target, suite, scenario, name, metric, show, against, most, least }) => {
      const result = results.find((candidate) => candidate.suite === suite && scenario.test(candidate.scenario))
      const value = result === undefined ? Number.NaN : valueOf(result, name, metric, show, against)
      // A value that was not measured meets no limit.
      const met = value <= (most ?? Number.POSITIVE_INFINITY) && value >= (least ?? Number.NEGATIVE_INFINITY)
      const limit = most === undefined ? `>= ${least}` : `<= ${most}`
      return [target, limit, Number.isNaN(value) ? 'not measured' : String(+value.toFixed(2)), met ? 'pass' : 'FAIL']
    })
  console.log('')
  printTable(['target', 'limit', 'measured', ''], rows)
  if (rows.some((row) => row.at(-1) === 'FAIL')) process.exitCode = 1
}

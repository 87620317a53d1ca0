// One look at a run directory in a process of its own: ours, or the script that one would write by hand.
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { validateRun, verifyRun, writeReport } from '@insidellms/runner'
import { answerTo, measure } from '../lib/child.mjs'
import { makeRun } from '../lib/make-run.mjs'

/** @typedef {{ runDir: string, items: number, directory: string }} Job */

answerTo({
  makeRun,

  bare: () => measure(async () => {}),

  /** @param {Job} job */
  'parse-all': ({ runDir, items }) =>
    measure(async () => {
      let succeeded = 0
      const input = createReadStream(join(runDir, 'records.jsonl'))
      for await (const line of createInterface({ input, crlfDelay: Infinity }))
        if (JSON.parse(line).status === 'success') succeeded++
      check(succeeded === items, `${succeeded} records succeeded`)
    }),

  /** @param {Job} job */
  validate: ({ runDir }) =>
    measure(async () => {
      const { issues } = await validateRun(runDir)
      check(issues.length === 0, `the first issue is ${JSON.stringify(issues[0])}`)
    }),

  /** @param {Job} job */
  verify: ({ runDir }) =>
    measure(async () => {
      const { status } = await verifyRun(runDir)
      check(status === 'intact', `the run is ${status}`)
    }),

  /** @param {Job} job */
  report: ({ runDir, directory }) => measure(() => writeReport([runDir], { output: join(directory, 'report.html') })),
})

/**
 * @param {boolean} right
 * @param {string} found
 */
function check(right, found) {
  if (!right) throw new Error(`The run is whole, but ${found}.`)
}

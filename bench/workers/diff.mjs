// One comparison of two run directories in a process of its own: ours, or the script that one would write by hand.
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { diffRuns } from '@insidellms/runner'
import { answerTo, measure } from '../lib/child.mjs'
import { makeRun } from '../lib/make-run.mjs'

/** @typedef {{ baseline: string, candidate: string, expected: number }} Pair */

answerTo({
  makeRun,

  /** @param {Pair} pair */
  insidellms: ({ baseline, candidate, expected }) =>
    measure(async () => {
      const { counts } = await diffRuns(baseline, candidate)
      checkCount(counts.common - counts.unchanged, expected)
    }),

  /** @param {Pair} pair */
  'parse-all': ({ baseline, candidate, expected }) =>
    measure(async () => {
      /** @type {Map<string, string>} */
      const outputs = new Map()
      for await (const { example_id, output } of records(baseline)) outputs.set(example_id, output)
      let changed = 0
      for await (const { example_id, output } of records(candidate)) if (outputs.get(example_id) !== output) changed++
      checkCount(changed, expected)
    }),
})

/** @param {string} directory */
async function* records(directory) {
  const input = createReadStream(join(directory, 'records.jsonl'))
  for await (const line of createInterface({ input, crlfDelay: Infinity })) yield JSON.parse(line)
}

/**
 * @param {number} changed
 * @param {number} expected
 */
function checkCount(changed, expected) {
  if (changed !== expected) throw new Error(`${changed} records are said to have changed; ${expected} did.`)
}

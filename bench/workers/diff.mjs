// One comparison of two run directories in a process of its own: ours, or the script that one would write by hand.
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PluginRegistry } from '@insidellms/core'
import { builtinProbes } from '@insidellms/probes'
import { diffRuns, run } from '@insidellms/runner'
import { answerTo, measure } from '../lib/child.mjs'

/** @typedef {{ baseline: string, candidate: string, expected: number }} Pair */

answerTo({
  /** @param {{ directory: string, items: number }} where */
  async makeRun({ directory, items }) {
    const dataset = join(directory, 'questions.jsonl')
    const file = openSync(dataset, 'w')
    for (let index = 0; index < items; index++)
      writeSync(
        file,
        `${JSON.stringify({ id: `q${index}`, question: `What is ${index} + 1?`, answer: `${index + 1}` })}\n`,
      )
    closeSync(file)
    const registry = new PluginRegistry()
    registry.use(builtinProbes)
    await run(
      { model: { type: 'dummy' }, probe: 'logic', dataset: { path: dataset }, concurrency: 64 },
      { registry, runDir: join(directory, 'baseline') },
    )
  },

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

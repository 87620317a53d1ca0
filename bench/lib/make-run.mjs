import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { PluginRegistry } from '@insidellms/core'
import { builtinProbes } from '@insidellms/probes'
import { run } from '@insidellms/runner'

/**
 * Runs a model that repeats its question, so that every record differs, and gives the run's directory.
 *
 * @param {{ directory: string, items: number }} where
 */
export async function makeRun({ directory, items }) {
  const dataset = join(directory, 'questions.jsonl')
  const runDir = join(directory, 'baseline')
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
    { registry, runDir },
  )
  return runDir
}

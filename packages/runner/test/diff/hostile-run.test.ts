import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DummyModel, PluginRegistry } from '@insidellms/core'
import { afterAll, describe, expect, it } from 'vitest'
import { diffRuns } from '../../src/diff/diff-runs.ts'
import { run } from '../../src/run/run.ts'
import { validateRun } from '../../src/validate/validate-run.ts'
import { verifyRun } from '../../src/validate/verify-run.ts'
import { hostileOutputs } from '../support/hostile-outputs.ts'

const folder = mkdtempSync(join(tmpdir(), 'insidellms-hostile-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

writeFileSync(
  join(folder, 'data.jsonl'),
  hostileOutputs.map(([id], index) => `${JSON.stringify({ id, prompt: String(index) })}\n`).join(''),
)

async function hostileRun(name: string): Promise<string> {
  const registry = new PluginRegistry()
  registry.models.register(
    'hostile',
    () => new DummyModel({ response: (prompt) => hostileOutputs[Number(prompt)]![1] }),
  )
  registry.probes.register('echo', () => ({
    name: 'echo',
    version: '1',
    primaryMetric: 'length',
    async run(model, item) {
      const output = await model.generate((item as { prompt: string }).prompt)
      return { output, scores: { length: output.length }, primaryMetric: 'length', explanation: output.slice(0, 200) }
    },
  }))
  const runDir = join(folder, name)
  await run({ model: 'hostile', probe: 'echo', dataset: { path: join(folder, 'data.jsonl') } }, { registry, runDir })
  return runDir
}

describe('a run of hostile outputs', () => {
  it('keeps every text on its line, to the last code unit', async () => {
    const directory = await hostileRun('a')
    const lines = readFileSync(join(directory, 'records.jsonl'), 'utf8').split('\n')
    expect(lines).toHaveLength(hostileOutputs.length + 1)
    for (const [index, [name, text]] of hostileOutputs.entries()) {
      const record = JSON.parse(lines[index]!) as { example_id: string; output: string; output_text: string }
      expect(record.example_id).toBe(name)
      expect(record.output === text && record.output_text === text, name).toBe(true)
    }
    expect(await validateRun(directory)).toMatchObject({ valid: true, records: hostileOutputs.length })
    expect(await verifyRun(directory)).toMatchObject({ status: 'intact' })
    expect((await diffRuns(directory, await hostileRun('b'))).identical).toBe(true)
  })
})

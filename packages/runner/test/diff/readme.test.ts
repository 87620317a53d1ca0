import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import * as runner from '../../src/index.ts'
import { writeSyntheticRun } from '../support/synthetic-run.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'insidellms-readme-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

writeSyntheticRun(join(folder, 'runs', 'monday'), { records: 4 })
writeSyntheticRun(join(folder, 'runs', 'tuesday'), {
  records: 4,
  edit: (record, index) =>
    index === 1
      ? {
          ...record,
          custom: {
            ...record.custom,
            calls: [
              { finish: { kind: 'stop', raw: 'stop' }, served: { fingerprint: 'fp_2', model: 'model-1-2026-01-01' } },
            ],
          },
          output: 'No.',
          output_text: 'No.',
          scores: { accuracy: 0 },
        }
      : record,
})

/** Runs an example of the README in this folder, and gives back what it printed and the exit code that it set. */
async function runExample(containing: string): Promise<{ example: string; printed: unknown[]; exitCode: unknown }> {
  const example = [...readme.matchAll(/```ts\r?\n([^]*?)```/g)]
    .map((match) => match[1]!)
    .find((text) => text.includes(containing))!
  const body = example
    .replace(/^import .*\r?\n/m, '')
    .replace(/'(runs\/\w+|report\.html)'/g, (_, path: string) => JSON.stringify(join(folder, path)))
  const printed: unknown[] = []
  const process = { stdout: { write: (text: string) => printed.push(text) }, exitCode: undefined }
  const console = { log: (text: unknown) => printed.push(text) }
  const AsyncFunction = (async () => {}).constructor as new (...text: string[]) => (...args: unknown[]) => Promise<void>
  await new AsyncFunction(...Object.keys(runner), 'console', 'process', body)(
    ...Object.values(runner),
    console,
    process,
  )
  return { example, printed, exitCode: process.exitCode }
}

describe('the README', () => {
  it('compares two runs as it says', async () => {
    const { example, printed, exitCode } = await runExample('diffRuns(')
    expect(printed[0]).toBe(/verdict\) \/\/ (.*)/.exec(example)![1]!.trim())
    expect(printed[1]).toContain('regressions: hit: 1 regression')
    expect(exitCode).toBe(2)
  })

  it('checks, shows and exports a run as it says', async () => {
    await runExample('verifyRun(')
    expect(existsSync(join(folder, 'report.html'))).toBe(true)
    expect(existsSync(join(folder, 'runs', 'monday', 'records.parquet'))).toBe(true)
  })

  it('names every gate', () => {
    for (const gate of runner.gateNames) expect(readme).toContain(`| \`${gate}\` |`)
  })
})

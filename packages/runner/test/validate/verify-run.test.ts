import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PluginRegistry } from '@insidellms/core'
import { sharedPath } from '@insidellms/test-support'
import { afterAll, describe, expect, it } from 'vitest'
import { run } from '../../src/run/run.ts'
import { verifyRun } from '../../src/validate/verify-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'insidellms-verify-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

writeFileSync(
  join(folder, 'data.jsonl'),
  Array.from({ length: 30 }, (_, index) => `${JSON.stringify({ id: `q${index}`, prompt: `prompt ${index}` })}\n`).join(
    '',
  ),
)

let made = 0
/** A real run of 30 records. */
async function freshRun(): Promise<string> {
  const registry = new PluginRegistry()
  registry.probes.register('echo', () => ({
    name: 'echo',
    version: '1',
    primaryMetric: 'length',
    async run(model, item) {
      const output = await model.generate((item as { prompt: string }).prompt)
      return { output, scores: { length: output.length }, primaryMetric: 'length' }
    },
  }))
  const runDir = join(folder, `run-${made++}`)
  await run({ model: 'dummy', probe: 'echo', dataset: { path: join(folder, 'data.jsonl') } }, { registry, runDir })
  return runDir
}

function edit(directory: string, file: string, change: (lines: string[]) => string[]): void {
  const path = join(directory, file)
  writeFileSync(path, change(readFileSync(path, 'utf8').split('\n')).join('\n'))
}

function replaceIn(place: number, from: string, to: string): (lines: string[]) => string[] {
  return (lines) => {
    expect(lines[place]).toContain(from)
    return lines.map((line, index) => (index === place ? line.replace(from, to) : line))
  }
}

describe('verifyRun', () => {
  it('finds a run as it was written', async () => {
    const directory = await freshRun()
    const report = await verifyRun(directory)
    expect(report).toMatchObject({ status: 'intact', touched: [], notes: [] })
    expect(report.files.map(({ file }) => file).sort()).toEqual([
      'calls.digests',
      'calls.jsonl',
      'config.resolved.yaml',
      'records.digests',
      'records.jsonl',
      'summary.json',
    ])
    expect(report.manifestSha256).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each([
    ['a score', 'records.jsonl', 7, '"length":8', '"length":9', ['scores'], 'q7'],
    ['an output', 'records.jsonl', 0, '"output":"prompt 0"', '"output":"prompt O"', ['output'], 'q0'],
    ['a status', 'records.jsonl', 29, '"status":"success"', '"status":"error"', ['status'], 'q29'],
    ['what served it', 'records.jsonl', 3, '"model":"dummy"}', '"model":"other"}', ['custom'], 'q3'],
    ['a space between members', 'records.jsonl', 5, ',"error":', ', "error":', [], 'q5'],
    ['a member that went', 'records.jsonl', 5, '"latency_ms":null,', '', ['latency_ms'], 'q5'],
  ])('names record, line and member of %s', async (_, file, place, from, to, fields, example) => {
    const directory = await freshRun()
    edit(directory, file, replaceIn(place, from, to))
    const report = await verifyRun(directory)
    expect(report.status).toBe('touched')
    expect(report.touched).toEqual([{ file, kind: 'touched', line: place + 1, example, fields }])
  })

  it('names the call whose answer was touched', async () => {
    const directory = await freshRun()
    const lines = readFileSync(join(directory, 'calls.jsonl'), 'utf8').split('\n')
    const place = lines.findIndex((line) => line.includes('"example_id":"q12"'))
    edit(directory, 'calls.jsonl', replaceIn(place, '"text":"prompt 12"', '"text":"prompt 21"'))
    expect((await verifyRun(directory)).touched).toEqual([
      { file: 'calls.jsonl', kind: 'touched', line: place + 1, example: 'q12', fields: ['response'] },
    ])
  })

  it('tells removed, added and moved lines from touched ones', async () => {
    const directory = await freshRun()
    edit(directory, 'records.jsonl', (lines) => [
      ...lines.slice(0, 4),
      ...lines.slice(6, 10),
      lines[2]!,
      ...lines.slice(10, 28),
      ...lines.slice(29),
    ])
    const { touched } = await verifyRun(directory)
    expect(touched.map(({ kind, line, example }) => [kind, line, example])).toEqual([
      ['removed', 5, undefined],
      ['removed', 5, undefined],
      ['added', 9, 'q2'],
      ['removed', 28, undefined],
    ])
  })

  it('says when only line endings moved', async () => {
    const directory = await freshRun()
    edit(directory, 'records.jsonl', (lines) => lines.map((line) => `${line}\r`))
    const report = await verifyRun(directory)
    expect(report).toMatchObject({ status: 'touched', touchedCount: 0 })
    expect(report.notes[0]).toContain('line endings')
  })

  it('finds files that are missing, and says what it cannot locate', async () => {
    const directory = await freshRun()
    rmSync(join(directory, 'records.digests'))
    edit(directory, 'records.jsonl', replaceIn(1, '"length":8', '"length":0'))
    const report = await verifyRun(directory)
    expect(report.files.filter(({ status }) => status !== 'intact').map(({ file, status }) => [file, status])).toEqual([
      ['records.digests', 'missing'],
      ['records.jsonl', 'touched'],
    ])
    expect(report.notes[0]).toContain('records.digests is missing too')
  })

  it('counts all touched lines and lists some', async () => {
    const directory = await freshRun()
    edit(directory, 'records.jsonl', (lines) =>
      lines.map((line) => line.replace('"status":"success"', '"status":"error"')),
    )
    const report = await verifyRun(directory, { limit: 4 })
    expect(report.touched).toHaveLength(4)
    expect(report.touchedCount).toBe(30)
  })

  it('reads no file outside the run, whatever the manifest says', async () => {
    const directory = await freshRun()
    const path = join(directory, 'manifest.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace('"summary.json"', '"../data.jsonl"'))
    expect((await verifyRun(directory)).files.map(({ file }) => file)).not.toContain('../data.jsonl')
  })

  it('verifies nothing where there is no digest', async () => {
    const directory = await freshRun()
    rmSync(join(directory, 'manifest.json'))
    expect(await verifyRun(directory)).toMatchObject({ status: 'unverifiable', manifestSha256: null })
    await expect(verifyRun(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'not_found' })
  })

  const original = sharedPath('interop/goldens/runs/run_logic')
  it.skipIf(original === undefined)("says that the original's runs carry none (needs ../shared/interop)", async () => {
    expect(await verifyRun(original!)).toMatchObject({ status: 'unverifiable' })
  })
})

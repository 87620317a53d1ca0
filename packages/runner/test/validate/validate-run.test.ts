import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sharedPath } from '@insidellms/test-support'
import { afterAll, describe, expect, it } from 'vitest'
import { validateRun } from '../../src/validate/validate-run.ts'
import { writeSyntheticRun } from '../support/synthetic-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'insidellms-validate-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let made = 0
/** A sound run, with one of its files changed. */
function changed(file: 'records.jsonl' | 'manifest.json', change: (text: string) => string | Buffer): string {
  const directory = writeSyntheticRun(join(folder, `run-${made++}`), { records: 3 })
  const path = join(directory, file)
  writeFileSync(path, change(readFileSync(path, 'utf8')))
  return directory
}

describe('validateRun', () => {
  it('accepts a sound run, by its directory and by its manifest', async () => {
    const directory = writeSyntheticRun(join(folder, 'sound'), { records: 20 })
    const report = await validateRun(directory)
    expect(report).toMatchObject({ valid: true, schemaVersion: '1.0.1', records: 20, issueCount: 0, issues: [] })
    expect((await validateRun(join(directory, 'manifest.json'))).valid).toBe(true)
  })

  it.each([
    ['a byte order mark', (text: string) => `\uFEFF${text}`, 1, 'is no JSON'],
    [
      'bytes that are no UTF-8',
      (text: string) => Buffer.concat([Buffer.from([0xff, 0x0a]), Buffer.from(text)]),
      1,
      'no UTF-8',
    ],
    [
      'NaN, which the original accepts',
      (text: string) => text.replace('"accuracy":1', '"accuracy":NaN'),
      1,
      'is no JSON',
    ],
    ['a torn last line', (text: string) => text.slice(0, -40), 3, 'stopped while it wrote'],
    ['a list', (text: string) => `[]\n${text}`, 1, 'no object'],
    [
      '`__proto__` as a field',
      (text: string) => text.replace('{"completed_at"', '{"__proto__":1,"completed_at"'),
      1,
      'no such field',
    ],
  ])('refuses %s and names its line', async (_, change, line, message) => {
    const report = await validateRun(changed('records.jsonl', change))
    expect(report.valid).toBe(false)
    expect(report.issues[0]).toMatchObject({ line })
    expect(report.issues[0]!.message).toContain(message)
  })

  it.each([
    [
      'a count that is wrong',
      '"record_count": 3',
      '"record_count": 99',
      'record_count',
      'is 99, but the records give 3',
    ],
    ['a run that did not complete', '"run_completed": true', '"run_completed": false', 'run_completed', 'stopped'],
    [
      'a version that nobody knows',
      '"schema_version": "1.0.1"',
      '"schema_version": "3.1.4"',
      'schema_version',
      'unknown',
    ],
    ['another run id', '"run_id": "0123', '"run_id": "9123', 'run_id', 'the manifest has'],
  ])('refuses %s', async (_, from, to, path, message) => {
    const report = await validateRun(changed('manifest.json', (text) => text.replace(from, to)))
    expect(report.valid).toBe(false)
    expect(report.issues.find((issue) => issue.path === path)?.message).toContain(message)
  })

  it('reports a missing manifest and goes on with the records', async () => {
    const directory = writeSyntheticRun(join(folder, 'bare'), { records: 2 })
    rmSync(join(directory, 'manifest.json'))
    const report = await validateRun(directory)
    expect(report).toMatchObject({ valid: false, records: 2, issueCount: 1 })
    expect(report.issues[0]!.message).toContain('ENOENT')
  })

  it('counts all issues and lists some', async () => {
    const report = await validateRun(
      changed('records.jsonl', (text) => text.replaceAll('"success"', '"fine"')),
      { limit: 2 },
    )
    expect(report.issues).toHaveLength(2)
    expect(report.issueCount).toBeGreaterThan(3)
  })

  it('reads nothing outside the run, whatever the manifest says', async () => {
    const directory = changed('manifest.json', (text) => text.replace('"records.jsonl"', '"../sound/records.jsonl"'))
    expect((await validateRun(directory)).records).toBe(3)
  })

  it('throws where there is nothing', async () => {
    await expect(validateRun(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'not_found' })
  })
})

interface Verdict {
  dir: string
  validate_exit: number | string
}

const goldens = sharedPath('interop/goldens')

/** Where we refuse what the original accepts, and why. */
const stricter: Record<string, string> = {
  man_count_negative: 'a count below 0',
  man_count_str: 'a count as text, which the JSON Schema of the original forbids too',
  man_run_completed_false: 'the run was stopped',
  man_run_completed_str: '"yes" for true, which the JSON Schema of the original forbids too',
  raw_empty: 'no records, where the manifest counts two',
  rec_dt_date: 'a date without a time',
  rec_dt_epoch: 'a number for a time',
  rec_dt_naive: 'a time without offset',
  rec_dt_nanos: 'completed_at is before started_at',
  rec_latency_str: 'a number as text, which the JSON Schema of the original forbids too',
  rec_run_id_other: "a record with another run's id",
  rec_schema_other: "a record of another schema's version",
  rec_status_error: 'success_count and error_count do not fit the records',
  rec_status_rate_limited: 'success_count does not fit the records',
  rec_status_timeout: 'success_count does not fit the records',
}

describe.skipIf(goldens === undefined)("the original's verdicts (needs ../shared/interop)", () => {
  const { cases } = (
    goldens === undefined ? { cases: [] } : JSON.parse(readFileSync(join(goldens, 'invalid', 'index.json'), 'utf8'))
  ) as { cases: Verdict[] }

  it.each(cases.map((verdict) => [verdict.dir.replace('invalid/', ''), verdict] as const))(
    '%s',
    async (name, verdict) => {
      const { valid } = await validateRun(join(goldens!, verdict.dir))
      const accepted = verdict.validate_exit === 0
      if (name in stricter) {
        expect(accepted, `${name} is listed as stricter`).toBe(true)
        expect(valid, stricter[name]).toBe(false)
      } else expect(valid).toBe(accepted)
    },
  )
})

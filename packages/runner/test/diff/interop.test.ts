import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sharedPath } from '@insidellms/test-support'
import { describe, expect, it } from 'vitest'
import { diffRuns } from '../../src/diff/diff-runs.ts'
import { formatDiff } from '../../src/diff/format-diff.ts'
import { firstRecord } from '../../src/read/first-record.ts'
import { openRun } from '../../src/read/open-run.ts'

const goldens = sharedPath('interop/goldens')

interface Golden {
  name: string
  baseline: string
  candidate: string
  args?: string[]
  counts: Record<string, number>
  duplicates?: { baseline: number; candidate: number }
  exit_codes?: Record<string, number>
}

/**
 * Where we judge otherwise, because the original's README of faults says that it is wrong there.
 * `changes` is the exit code of that gate.
 */
const exceptions: Record<string, { changes: number; reason: string }> = {
  error_text_only: { changes: 2, reason: 'the original does not compare the texts of errors' },
}

describe.skipIf(goldens === undefined)("the original's diffs (needs ../shared/interop)", () => {
  const pairs = (
    goldens === undefined ? [] : JSON.parse(readFileSync(join(goldens, 'diffs', 'index.json'), 'utf8'))
  ) as Golden[]

  it.each(pairs.map((golden) => [golden.name, golden] as const))('%s', async (name, golden) => {
    const ignore = golden.args?.[0] === '--output-fingerprint-ignore' ? golden.args[1]!.split(',') : []
    const sides = [join(goldens!, golden.baseline), join(goldens!, golden.candidate)] as const
    const report = await diffRuns(...sides, { ignore })
    const { counts } = report
    expect({
      common: counts.common,
      improvements: counts.improvements,
      only_baseline: counts.onlyBaseline,
      only_candidate: counts.onlyCandidate,
      other_changes: counts.otherChanges,
      regressions: counts.regressions,
      trace_drifts: counts.traceDrifts,
      trace_violation_increases: counts.traceViolationIncreases,
      trajectory_drifts: counts.trajectoryDrifts,
    }).toEqual(golden.counts)
    if (golden.duplicates !== undefined) expect(report.duplicates).toEqual(golden.duplicates)
    if (golden.exit_codes === undefined) return
    const exitCode = async (...failOn: ('changes' | 'regressions')[]): Promise<number> =>
      (await diffRuns(...sides, { failOn })).exitCode
    expect(await exitCode()).toBe(golden.exit_codes['none'])
    expect(await exitCode('regressions')).toBe(golden.exit_codes['regressions'])
    const exception = exceptions[name]
    expect(await exitCode('changes'), exception?.reason).toBe(exception?.changes ?? golden.exit_codes['changes'])
  })

  it('lists the same items as the original in each of its categories', async () => {
    const golden = JSON.parse(readFileSync(join(goldens!, 'diffs', 'scored.json'), 'utf8')) as Record<
      string,
      { kind: string; replicate_key: string }[]
    >
    const report = await diffRuns(join(goldens!, 'runs', 'scored_baseline'), join(goldens!, 'runs', 'scored_candidate'))
    const records = readFileSync(join(goldens!, 'runs', 'scored_baseline', 'records.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
    const examples = new Map(
      records.map((line) => {
        const { example_id, custom } = JSON.parse(line) as { example_id: string; custom: { replicate_key: string } }
        return [custom.replicate_key, example_id]
      }),
    )
    const theirs = ['regressions', 'improvements', 'changes', 'trajectory_drifts']
      .flatMap((category) => golden[category]!)
      .map(({ kind, replicate_key }) => `${examples.get(replicate_key)} ${kind}`)
    const ours = report.items.flatMap(({ key, changes }) =>
      changes.filter(({ category }) => category !== 'detail').map(({ kind }) => `${key.example} ${kind}`),
    )
    expect(ours.sort()).toEqual(theirs.sort())
  })

  it('reads every run, and compares each with itself and with another', async () => {
    const runs = readdirSync(join(goldens!, 'runs')).filter((name) => name !== 'root')
    const read: string[] = []
    for (const name of runs) {
      const path = join(goldens!, 'runs', name)
      const { recordsPath } = await openRun(path)
      if ((await firstRecord(recordsPath)) === undefined) {
        await expect(diffRuns(path, path)).rejects.toMatchObject({ code: 'invalid_request' })
        continue
      }
      const report = await diffRuns(path, join(goldens!, 'runs', 'run_logic'))
      for (const format of ['text', 'json', 'markdown', 'junit'] as const) formatDiff(report, format)
      expect((await diffRuns(path, path)).counts.common).toBeGreaterThan(0)
      read.push(name)
    }
    expect(runs.filter((name) => !read.includes(name))).toEqual(['run_csv_overflow'])
  })

  it('loses no record of a harness whose models share an id, where the original ignores 42 of 63', async () => {
    const path = join(goldens!, 'runs', 'harness_mixed')
    const { counts } = await diffRuns(path, path)
    expect(counts.common).toBe(63)
  })
})

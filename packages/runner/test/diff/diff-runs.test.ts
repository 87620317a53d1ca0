import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { diffRuns } from '../../src/diff/diff-runs.ts'
import type { DiffReport } from '../../src/diff/diff-report.ts'
import { type SyntheticRecord, type SyntheticRunOptions, writeSyntheticRun } from '../support/synthetic-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'insidellms-diff-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let made = 0
function synthetic(options: SyntheticRunOptions = {}): string {
  return writeSyntheticRun(join(folder, `run-${made++}`), options)
}

function say(text: string, score?: number): (record: SyntheticRecord) => SyntheticRecord {
  return (record) => ({
    ...record,
    output: text,
    output_text: text,
    ...(score === undefined ? {} : { scores: { accuracy: score } }),
  })
}

function onlyAt(
  places: readonly number[],
  change: (record: SyntheticRecord) => SyntheticRecord | undefined,
): NonNullable<SyntheticRunOptions['edit']> {
  return (record, index) => (places.includes(index) ? change(record) : record)
}

/** Rewrites the lines of records.jsonl. */
function relined(directory: string, change: (lines: string[]) => string[]): string {
  const path = join(directory, 'records.jsonl')
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  writeFileSync(path, `${change(lines).join('\n')}\n`)
  return directory
}

describe('what changed', () => {
  it('is nothing between runs of the same bytes', async () => {
    const report = await diffRuns(synthetic(), synthetic())
    expect(report).toMatchObject({ identical: true, items: [], exitCode: 0 })
    expect(report.counts).toMatchObject({ common: 10, unchanged: 10 })
    expect(report.verdict).toBe('outputs same, backend same')
  })

  it('is told by kind, with both sides', async () => {
    const candidate = synthetic({
      edit: (record, index) => {
        if (index === 1) return say('Other words.', 0)(record)
        if (index === 2)
          return { ...record, status: 'error', output: null, output_text: null, scores: {}, error: 'boom' }
        if (index === 3) return { ...record, scores: { ...record.scores, brevity: 0.5 } }
        return record
      },
    })
    const report = await diffRuns(synthetic(), candidate)
    expect(report.counts).toMatchObject({ common: 10, unchanged: 7, regressions: 2, improvements: 0 })
    expect(report.items.map(({ key, changes }) => [key.example, changes.map(({ kind }) => kind)])).toEqual([
      ['q-1', ['metric_regression', 'output_changed']],
      ['q-2', ['status_regression', 'metrics_not_comparable', 'output_changed']],
      ['q-3', ['metric_key_missing']],
    ])
    expect(report.items[0]).toMatchObject({
      baseline: { line: 2, status: 'success', score: 1, primaryMetric: 'accuracy' },
      candidate: { line: 2, score: 0, output: 'Other words.' },
    })
    expect(report.items[1]!.candidate).toMatchObject({ status: 'error', error: 'boom', output: null, score: null })
  })

  it('includes what the original does not look at', async () => {
    const structured = (id: number, extra: number): NonNullable<SyntheticRunOptions['edit']> =>
      onlyAt([0], (record) => ({
        ...record,
        output: { id, text: 'same' },
        output_text: 'same',
        scores: { accuracy: 1, extra },
      }))
    const failed = (error: string): NonNullable<SyntheticRunOptions['edit']> =>
      onlyAt([1], (record) => ({ ...record, status: 'error', error, error_type: 'server' }))
    const both =
      (id: number, extra: number, error: string): NonNullable<SyntheticRunOptions['edit']> =>
      (record, index) =>
        failed(error)(structured(id, extra)(record, index)!, index)
    const report = await diffRuns(
      synthetic({ edit: both(1, 0.1, 'first') }),
      synthetic({ edit: both(2, 0.2, 'second') }),
      { failOn: ['changes'] },
    )
    expect(report.counts.byKind).toEqual({ scores_changed: 1, output_details_changed: 1, error_changed: 1 })
    expect(report.counts).toMatchObject({ detailChanges: 3, otherChanges: 0 })
    expect(report.exitCode).toBe(2)
  })

  it('does not care how a text is escaped, and does care how a number is written', async () => {
    const baseline = synthetic({
      edit: onlyAt([0, 1], (record) => ({ ...record, output: { n: 1, é: 'ü' }, output_text: null })),
    })
    const candidate = relined(
      synthetic({ edit: onlyAt([0, 1], (record) => ({ ...record, output: { n: 1, é: 'ü' }, output_text: null })) }),
      (lines) => [
        lines[0]!.replace('{"n":1,"é":"ü"}', '{ "\\u00e9": "\\u00fc", "n": 1 }'),
        lines[1]!.replace('"n":1', '"n":1.0'),
        ...lines.slice(2),
      ],
    )
    const report = await diffRuns(baseline, candidate)
    expect(report.items.map(({ key }) => key.example)).toEqual(['q-1'])
  })

  it('leaves out what is to be ignored', async () => {
    const json = (latency: number): NonNullable<SyntheticRunOptions['edit']> =>
      onlyAt([0], (record) => ({
        ...record,
        output: { a: 1, Latency: latency, list: [{ latency }] },
        output_text: null,
      }))
    const text = (latency: number): NonNullable<SyntheticRunOptions['edit']> =>
      onlyAt([1], say(JSON.stringify({ a: 1, latency })))
    const both =
      (latency: number): NonNullable<SyntheticRunOptions['edit']> =>
      (record, index) =>
        text(latency)(json(latency)(record, index)!, index)
    const sides = [synthetic({ edit: both(1) }), synthetic({ edit: both(2) })] as const
    expect((await diffRuns(...sides)).counts.otherChanges).toBe(2)
    const report = await diffRuns(...sides, { ignore: [' LATENCY '] })
    expect(report.counts).toMatchObject({ otherChanges: 0, unchanged: 10 })
    expect(report.ignored).toEqual(['latency'])
    expect((await diffRuns(...sides, { ignore: ['output'] })).counts.unchanged).toBe(10)
  })
})

describe('pairing', () => {
  const expectSame = (report: DiffReport): void =>
    expect(report.counts).toMatchObject({ common: 10, unchanged: 10, onlyBaseline: 0, onlyCandidate: 0 })

  it.each([
    ['reversed', (lines: string[]) => [...lines].reverse()],
    ['with the first record last', (lines: string[]) => [...lines.slice(1), lines[0]!]],
    ['with CRLF', (lines: string[]) => lines.map((line) => `${line}\r`)],
    ['with blank lines', (lines: string[]) => lines.flatMap((line) => ['', line, ' '])],
  ])('finds all pairs of a run %s', async (_, change) => {
    expectSame(await diffRuns(synthetic(), relined(synthetic(), change)))
    expectSame(await diffRuns(relined(synthetic(), change), synthetic()))
  })

  it('falls into step again after records that one side does not have', async () => {
    const records = 3_000
    const gone = [0, 1, 2, 700, 1_500, 2_999]
    const report = await diffRuns(
      synthetic({ records, edit: onlyAt(gone, () => undefined) }),
      synthetic({ records, edit: onlyAt([5, 800], () => undefined) }),
    )
    expect(report.counts).toMatchObject({
      common: records - 8,
      unchanged: records - 8,
      onlyBaseline: 2,
      onlyCandidate: 6,
    })
    expect(report.onlyCandidate.map(({ key }) => key.example)).toEqual(gone.map((item) => `q-${item}`))
    expect(report.onlyBaseline[0]).toEqual({
      key: { model: 'model-1', probe: 'logic', example: 'q-5', repeat: 0 },
      line: 3,
      status: 'success',
    })
  })

  it('finds the same pairs in any order', async () => {
    const baseline = synthetic({ records: 12 })
    const path = join(synthetic({ records: 12 }), 'records.jsonl')
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(lines, { minLength: 1 }),
        fc.shuffledSubarray(lines, { minLength: 1 }),
        async (left, right) => {
          writeFileSync(join(baseline, 'records.jsonl'), `${left.join('\n')}\n`)
          writeFileSync(path, `${right.join('\n')}\n`)
          const { counts } = await diffRuns(baseline, join(path, '..'))
          const common = left.filter((line) => right.includes(line)).length
          expect(counts).toMatchObject({
            common,
            unchanged: common,
            onlyBaseline: left.length - common,
            onlyCandidate: right.length - common,
          })
        },
      ),
      { numRuns: 60 },
    )
  })

  it('pairs records of one key in their order, and counts them', async () => {
    const twice = (lines: string[]): string[] => [lines[3]!, ...lines, lines[3]!.replace('seven', 'eight')]
    const report = await diffRuns(
      relined(synthetic(), twice),
      relined(synthetic(), (lines) => [...lines].reverse()),
    )
    expect(report.counts).toMatchObject({ common: 10, onlyBaseline: 2, onlyCandidate: 0 })
    expect(report.duplicates.baseline).toBeGreaterThan(0)
  })

  it('tells repeats, probes and models apart', async () => {
    const many = { records: 48, repeats: 2, probes: ['logic', 'bias'], models: ['a', 'b'] }
    const report = await diffRuns(synthetic(many), synthetic({ ...many, edit: onlyAt([9], say('Changed.')) }))
    expect(report.items.map(({ key }) => key)).toEqual([{ model: 'a', probe: 'logic', example: 'q-1', repeat: 1 }])
  })

  it("pairs a run of ours with the original's `run`, which writes class names", async () => {
    const original = synthetic({
      probes: ['PromptInjectionProbe'],
      edit: (record) => ({ ...record, custom: { record_index: 0 } }),
    })
    expect((await diffRuns(original, synthetic({ probes: ['prompt_injection'] }))).counts.common).toBe(10)
    // Two runs of the original's keep its own rule.
    const harness = synthetic({
      probes: ['prompt_injection'],
      edit: (record) => ({ ...record, custom: { harness: record.custom['harness'] } }),
    })
    expect((await diffRuns(original, harness)).counts.common).toBe(0)
  })
})

describe('a run that is not whole', () => {
  it('is read without manifest, and without its torn last line', async () => {
    const candidate = synthetic()
    rmSync(join(candidate, 'manifest.json'))
    const path = join(candidate, 'records.jsonl')
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, -30))
    const report = await diffRuns(synthetic(), candidate)
    expect(report.counts).toMatchObject({ common: 9, onlyBaseline: 1 })
    expect(report.warnings).toHaveLength(1)
    expect(report.warnings[0]).toContain('line (10) is torn')
  })

  it.each([
    ['a line that is no JSON', (lines: string[]) => lines.toSpliced(4, 1, '{"oops'), 'invalid_request', 'line 5'],
    ['no record', () => [], 'invalid_request', 'holds no record'],
  ])('is refused with %s', async (_, change, code, message) => {
    const broken = relined(synthetic(), change)
    await expect(diffRuns(broken, synthetic())).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    })
    await expect(diffRuns(synthetic(), broken)).rejects.toMatchObject({ code })
  })

  it.each([
    ['output that is no JSON', '"output":"', '"output":{oops}, "x":"', 'output is no JSON'],
    [
      'output nested too deep to compare',
      '"output":"',
      `"output":${'['.repeat(2_000)}${']'.repeat(2_000)}, "x":"`,
      'deeper than 1000',
    ],
    ['scores that are no JSON', '"accuracy":', '"accuracy":0x', 'scores is no JSON'],
  ])('is refused with %s, with file, line and field', async (_, from, to, message) => {
    const broken = relined(synthetic(), (lines) => [
      ...lines.slice(0, 2),
      lines[2]!.replace(/"output_text":"[^"]*"/, '"output_text":null').replace(from, to),
      ...lines.slice(3),
    ])
    await expect(diffRuns(synthetic(), broken)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(new RegExp(`records\\.jsonl, line 3: .*${message}`)),
    })
  })

  it('is refused where there is none', async () => {
    await expect(diffRuns(join(folder, 'nowhere'), synthetic())).rejects.toMatchObject({ code: 'not_found' })
    const empty = mkdtempSync(join(folder, 'empty-'))
    await expect(diffRuns(empty, synthetic())).rejects.toMatchObject({ code: 'not_found' })
    const noJson = synthetic()
    writeFileSync(join(noJson, 'manifest.json'), '{')
    await expect(diffRuns(noJson, synthetic())).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('may be given by its files', async () => {
    const directory = synthetic()
    const loose = join(folder, 'loose.jsonl')
    cpSync(join(directory, 'records.jsonl'), loose)
    expect((await diffRuns(loose, join(directory, 'records.jsonl'))).counts.common).toBe(10)
    expect((await diffRuns(loose, join(directory, 'manifest.json'))).counts.common).toBe(10)
  })
})

describe('gates', () => {
  const worse = synthetic({ edit: onlyAt([1], (record) => ({ ...record, scores: { accuracy: 0 } })) })
  const better = synthetic({ edit: onlyAt([0, 5], (record) => ({ ...record, scores: { accuracy: 1 } })) })
  const baseline = synthetic({ edit: onlyAt([0, 5], (record) => ({ ...record, scores: { accuracy: 0 } })) })

  it.each([
    ['none', [], worse, 0],
    ['regressions', ['regressions'], worse, 2],
    ['changes', ['changes'], worse, 2],
    ['changes on improvements alone, as in the original', ['changes'], better, 0],
    ['regressions on improvements', ['regressions'], better, 0],
    ['significant on little', ['significant'], worse, 0],
    ['several', ['significant', 'regressions'], worse, 2],
  ] as const)('%s', async (_, failOn, candidate, exitCode) => {
    const report = await diffRuns(baseline, candidate, { failOn })
    expect(report.exitCode).toBe(exitCode)
    expect(report.gates.map(({ gate }) => gate)).toEqual(failOn)
  })

  it('hit `changes` where an item is missing', async () => {
    const fewer = synthetic({ records: 9 })
    expect((await diffRuns(synthetic(), fewer, { failOn: ['changes'] })).exitCode).toBe(2)
    expect((await diffRuns(fewer, synthetic(), { failOn: ['changes'] })).exitCode).toBe(2)
  })

  it('hit `significant` in either direction, and speak of the difference', async () => {
    const records = 200
    const low = synthetic({
      records,
      edit: (record, index) => ({ ...record, scores: { accuracy: index % 10 < 6 ? 1 : 0 } }),
    })
    const high = synthetic({
      records,
      edit: (record, index) => ({ ...record, scores: { accuracy: index % 10 < 8 ? 1 : 0 } }),
    })
    for (const [a, b, sign] of [
      [low, high, '+0.2'],
      [high, low, '-0.2'],
    ] as const) {
      const report = await diffRuns(a, b, { failOn: ['significant'] })
      expect(report.exitCode).toBe(2)
      expect(report.gates[0]!.reason).toContain('the difference of the two runs is significant')
      expect(report.gates[0]!.reason).toContain(sign)
    }
  })

  it('hit `trace` where an agent took another way', async () => {
    const agent = (tool: string): NonNullable<SyntheticRunOptions['edit']> =>
      onlyAt([2], (record) => ({
        ...record,
        custom: { ...record.custom, tool_calls: [{ name: tool, arguments: { x: 1 } }] },
      }))
    const sides = [synthetic({ edit: agent('search') }), synthetic({ edit: agent('browse') })] as const
    const report = await diffRuns(...sides, { failOn: ['changes', 'trace'] })
    expect(report.counts.trajectoryDrifts).toBe(1)
    expect(report.gates.map(({ hit }) => hit)).toEqual([false, true])
  })

  it('are refused when unknown, as are levels out of range', async () => {
    await expect(diffRuns(worse, better, { failOn: ['everything' as never] })).rejects.toMatchObject({ code: 'config' })
    await expect(diffRuns(worse, better, { alpha: 5 })).rejects.toMatchObject({ code: 'config' })
    await expect(diffRuns(worse, better, { confidence: 95 })).rejects.toMatchObject({ code: 'config' })
  })
})

describe('size', () => {
  it('lists up to the limit, counts all, and hands over all', async () => {
    const seen: string[] = []
    const report = await diffRuns(synthetic({ records: 50 }), synthetic({ records: 50, edit: say('Changed.') }), {
      limit: 3,
      onItem: ({ key }) => seen.push(key.example),
    })
    expect(report.items).toHaveLength(3)
    expect(report.counts.byKind).toEqual({ output_changed: 50 })
    expect(seen).toHaveLength(50)
  })

  it('cuts long outputs around their first difference', async () => {
    const long = (word: string): string => `${'same '.repeat(100_000)}${word}${' tail'.repeat(100_000)}`
    const report = await diffRuns(
      synthetic({ edit: onlyAt([0], say(long('left'))) }),
      synthetic({ edit: onlyAt([0], say(long('right'))) }),
    )
    const [item] = report.items
    expect(item!.baseline.output).toContain('left')
    expect(item!.candidate.output).toContain('right')
    expect(item!.candidate.output!.length).toBeLessThan(5_000)
  })
})

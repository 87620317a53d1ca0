import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sharedPath } from '@insidellms/test-support'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { afterAll, describe, expect, it } from 'vitest'
import { CsvParser } from '../../src/datasets/parse-csv.ts'
import { exportFormats, exportRun } from '../../src/export/export-run.ts'
import { hostileOutputs } from '../support/hostile-outputs.ts'
import { type SyntheticRecord, writeSyntheticRun } from '../support/synthetic-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'insidellms-export-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const edit = (record: SyntheticRecord, index: number): SyntheticRecord => {
  if (index === 1)
    return {
      ...record,
      status: 'error',
      error: 'boom',
      error_type: 'server',
      output: null,
      output_text: null,
      scores: {},
    }
  if (index === 2)
    return { ...record, output: { text: 'hi', big: 1 }, output_text: 'hi', scores: { accuracy: 0.25, brevity: 3 } }
  return record
}
const run = writeSyntheticRun(join(folder, 'run'), {
  records: 24,
  probes: ['logic', 'bias'],
  models: ['small', 'large'],
  repeats: 2,
  edit,
})

function readCsv(path: string): Record<string, string>[] {
  const parser = new CsvParser(path)
  const [head, ...rows] = [...parser.push(readFileSync(path, 'utf8')), ...parser.end()]
  return rows.map(({ fields }) => Object.fromEntries(head!.fields.map((name, place) => [name, fields[place]!])))
}

async function readParquet(path: string): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: await asyncBufferFromFile(path) })
}

interface InspectLog {
  version: number
  status: string
  eval: Record<string, unknown>
  results: {
    total_samples: number
    completed_samples: number
    scores: { name: string; metrics: { mean: { value: number } } }[]
  }
  samples: {
    id: string
    epoch: number
    input: unknown
    target: string
    output: {
      model: string
      completion: string
      choices: { message: { content: string }; stop_reason: string }[]
      usage: unknown
    }
    scores: Record<string, { value: number; answer: string; explanation: string }>
    metadata: { item: Record<string, unknown>; record_line: number }
    error?: { message: string; traceback: string; traceback_ansi: string }
  }[]
}

function readLog(path: string): InspectLog {
  return JSON.parse(readFileSync(path, 'utf8')) as InspectLog
}

describe('csv', () => {
  it('has a row per record and a column per score', async () => {
    const result = await exportRun(run, { format: 'csv' })
    expect(result).toEqual({ files: [join(run, 'records.csv')], records: 24 })
    const rows = readCsv(result.files[0]!)
    expect(rows).toHaveLength(24)
    expect(rows[0]).toMatchObject({
      model: 'small',
      probe: 'logic',
      example_id: 'q-0',
      repeat: '0',
      status: 'success',
      primary_metric: 'accuracy',
      score: '1',
      served_model: 'small-2026-01-01',
      fingerprint: 'fp_1',
      finish: 'stop',
      input_tokens: '12',
      line: '1',
      'scores.accuracy': '1',
      'scores.brevity': '',
    })
    expect(rows[1]).toMatchObject({ status: 'error', error: 'boom', output: '', score: '' })
    expect(rows[2]).toMatchObject({ output: 'hi', score: '0.25', 'scores.brevity': '3' })
  })

  it('keeps hostile texts as they are, but for what a spreadsheet or a file cannot take', async () => {
    const rows = readCsv(
      (await exportRun(hostileRun(), { format: 'csv', output: join(folder, 'hostile.csv') })).files[0]!,
    )
    expect(rows).toHaveLength(hostileOutputs.length)
    for (const [index, [name, text]] of hostileOutputs.entries()) {
      const written = text.replaceAll('\u0000', '\\u{0}').replace('\ud800', '\\u{d800}').replace('\udfff', '\\u{dfff}')
      expect(rows[index]!['output'] === (/^[=+\-@\t\r]/.test(written) ? `'${written}` : written), name).toBe(true)
    }
  })
})

describe('parquet', () => {
  it('holds the same table, with types', async () => {
    const [path] = (await exportRun(run, { format: 'parquet' })).files
    const rows = await readParquet(path!)
    expect(rows).toHaveLength(24)
    expect(rows[2]).toMatchObject({
      model: 'small',
      repeat: 0,
      score: 0.25,
      'scores.brevity': 3,
      output: 'hi',
      line: 3,
    })
    expect(rows[1]!['score'] ?? null).toBeNull()
  })

  it('keeps hostile texts as they are, but for lone surrogates', async () => {
    const [path] = (await exportRun(hostileRun(), { format: 'parquet', output: join(folder, 'hostile.parquet') })).files
    const rows = await readParquet(path!)
    for (const [index, [name, text]] of hostileOutputs.entries())
      expect(rows[index]!['output'] === text.toWellFormed(), name).toBe(true)
  })
})

describe('inspect', () => {
  it('writes one log per model and probe', async () => {
    const { files, records } = await exportRun(run, { format: 'inspect', output: join(folder, 'logs') })
    expect(records).toBe(24)
    expect(files.map((file) => file.slice(join(folder, 'logs').length + 1)).sort()).toEqual([
      'bias_large.json',
      'bias_small.json',
      'logic_large.json',
      'logic_small.json',
    ])
    const log = readLog(join(folder, 'logs', 'logic_small.json'))
    expect(log).toMatchObject({
      version: 2,
      status: 'success',
      eval: { task: 'logic', model: 'small', task_version: '1', config: { epochs: 2 }, dataset: { samples: 3 } },
      results: { total_samples: 6, completed_samples: 5 },
    })
    expect(log.results.scores.map(({ name }) => name)).toEqual(['accuracy'])
    expect(log.samples).toHaveLength(6)
    expect(log.samples[0]).toMatchObject({
      id: 'q-0',
      epoch: 1,
      input: 'How many apples are in 0 boxes of seven?',
      target: '0',
      output: {
        model: 'small-2026-01-01',
        choices: [{ stop_reason: 'stop' }],
        usage: { input_tokens: 12, output_tokens: 25 },
      },
      scores: { accuracy: { value: 1, explanation: 'Read "0" as the answer.' } },
      metadata: { record_line: 1 },
    })
    expect(log.samples[1]).toMatchObject({ epoch: 2, error: { message: 'server: boom' }, output: { choices: [] } })
  })

  it('has every field that an EvalLog and its samples must have', async () => {
    const { files } = await exportRun(run, { format: 'inspect', output: join(folder, 'logs') })
    for (const file of files) {
      const log = readLog(file) as unknown as Record<string, unknown>
      expect(Object.keys(log)).toEqual(['version', 'status', 'eval', 'plan', 'results', 'stats', 'samples'])
      expect(Object.keys(log['eval'] as object)).toEqual(
        expect.arrayContaining(['run_id', 'created', 'task', 'dataset', 'model', 'config']),
      )
      for (const sample of (log as unknown as InspectLog).samples)
        expect(Object.keys(sample)).toEqual(expect.arrayContaining(['id', 'epoch', 'input', 'target']))
    }
  })

  it('keeps hostile texts, whatever the model and the probe are called', async () => {
    const output = join(folder, 'hostile-logs')
    const { files } = await exportRun(hostileRun(), { format: 'inspect', output })
    expect(new Set(files).size).toBe(hostileOutputs.length)
    expect(readdirSync(output)).toHaveLength(hostileOutputs.length)
    for (const file of files) expect(file.slice(output.length + 1)).toMatch(/^[\w.-]+$/)
    const samples = files.map((file) => readLog(file).samples[0]!)
    for (const [index, [name, text]] of hostileOutputs.entries())
      expect(samples[index]!.output.completion === text, name).toBe(true)
  })
})

describe('exportRun', () => {
  it('writes nothing when it fails', async () => {
    const broken = writeSyntheticRun(join(folder, 'broken'))
    writeFileSync(join(broken, 'records.jsonl'), `${readFileSync(join(broken, 'records.jsonl'), 'utf8')}oops\n`)
    for (const format of ['csv', 'parquet'] as const)
      await expect(exportRun(broken, { format })).rejects.toMatchObject({ code: 'invalid_request' })
    expect(readdirSync(broken).sort()).toEqual(['manifest.json', 'records.jsonl'])
    await expect(exportRun(run, { format: 'xml' as 'csv' })).rejects.toMatchObject({ code: 'config' })
    await expect(exportRun(join(folder, 'nowhere'), { format: 'csv' })).rejects.toMatchObject({ code: 'not_found' })
    for (const format of exportFormats)
      await expect(exportRun(run, { format, output: join(run, 'manifest.json', 'x') })).rejects.toMatchObject({
        code: 'config',
      })
  })

  const goldens = sharedPath('interop/goldens/runs')
  it.skipIf(goldens === undefined)("exports the original's runs (needs ../shared/interop)", async () => {
    for (const name of ['harness_mixed', 'run_messages', 'run_unicode', 'scored_baseline', 'run_csv_overflow'])
      for (const format of exportFormats)
        await exportRun(join(goldens!, name), { format, output: join(folder, `${name}.${format}`) })
    const rows = readCsv(join(folder, 'scored_baseline.csv'))
    expect(rows.find(({ example_id }) => example_id === 'usage')).toMatchObject({ output: 'u', input_tokens: '3' })
    expect(readLog(join(folder, 'run_messages.inspect', 'LogicProbe_dummy-v1.json')).samples[0]!.input).toEqual(
      expect.arrayContaining([expect.objectContaining({ role: 'user' })]),
    )
  })
})

let hostilePath: string | undefined
function hostileRun(): string {
  hostilePath ??= writeSyntheticRun(join(folder, 'hostile'), {
    records: hostileOutputs.length,
    edit: (record, index) => {
      const text = hostileOutputs[index]![1]
      const name = text.slice(0, 150)
      return {
        ...record,
        custom: { ...record.custom, explanation: name, harness: { model_id: name, probe_type: `${name}/../../x` } },
        example_id: name,
        output: text,
        output_text: text,
      }
    },
  })
  return hostilePath
}

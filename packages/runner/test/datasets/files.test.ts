import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PluginRegistry } from '@insidellms/core'
import { builtinProbes } from '@insidellms/probes'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { inspectDataset } from '../../src/datasets/inspect-dataset.ts'
import { openDataset } from '../../src/datasets/open-dataset.ts'
import { run } from '../../src/run/run.ts'
import { parseConfig } from '../../src/config/load-config.ts'
import { bench, readManifest } from '../support/bench.ts'
import { failure, readDataset } from '../support/read-dataset.ts'
import { put, readLines, scratch } from '../support/scratch.ts'

function folder(): string {
  const directory = scratch()
  mkdirSync(join(directory, 'data', 'more'), { recursive: true })
  put(directory, 'data/b.jsonl', '{"n":3}\n')
  put(directory, 'data/a.jsonl', '{"n":1}\n{"n":2}')
  put(directory, 'data/more/c.jsonl', '{"n":4}\n')
  put(directory, 'data/other.csv', 'n\n5\n')
  return directory
}

const numbers = async (directory: string, path: string | string[]) =>
  (await readDataset(directory, { path })).map(({ item }) => Number((item as { n: unknown }).n))

describe('several files', () => {
  test('in the order of the list, and a pattern in the order of names', async () => {
    const directory = folder()
    expect(await numbers(directory, ['data/b.jsonl', 'data/a.jsonl'])).toEqual([3, 1, 2])
    expect(await numbers(directory, 'data/*.jsonl')).toEqual([1, 2, 3])
    expect(await numbers(directory, 'data\\*.jsonl')).toEqual([1, 2, 3])
    expect(await numbers(directory, 'data/**/*.jsonl')).toEqual([1, 2, 3, 4])
    expect(await numbers(directory, join(directory, 'data', '{a,b}.jsonl'))).toEqual([1, 2, 3])
    expect(await numbers(directory, ['data/b.jsonl', 'data/*.jsonl'])).toEqual([3, 1, 2])
  })

  test('every item names its file and line', async () => {
    const items = await readDataset(folder(), { path: 'data/*.jsonl' })
    expect(items.map(({ file, line }) => `${file}:${line}`)).toEqual([
      'data/a.jsonl:1',
      'data/a.jsonl:2',
      'data/b.jsonl:1',
    ])
  })

  test('a file that is named like a pattern', async () => {
    const directory = scratch()
    put(directory, 'd[1].jsonl', '{"n":7}\n')
    expect(await numbers(directory, 'd[1].jsonl')).toEqual([7])
  })

  test('a pattern that finds nothing, and formats that differ', async () => {
    const directory = folder()
    expect(await failure(numbers(directory, ['data/a.jsonl', 'data/*.ndjson']))).toBe(
      `No file matches data/*.ndjson in ${directory}. Relative paths start at the config's folder.`,
    )
    expect(await failure(numbers(directory, ['data/a.jsonl', 'data/other.csv']))).toContain('must have one format')
    expect(await failure(numbers(directory, 'data/*'))).toContain('cannot be told from its ending')
  })

  test('the hash is over the hashes of the files: what moves from one to the next changes it', async () => {
    const hashOf = async (a: string, b: string): Promise<string> => {
      const directory = scratch()
      put(directory, 'a.jsonl', a)
      put(directory, 'b.jsonl', b)
      const { source } = await openDataset({ path: '*.jsonl', args: {} }, directory, new PluginRegistry())
      return (await inspectDataset(source, [])).hash
    }
    const sha = (text: string): string => createHash('sha256').update(text).digest('hex')
    expect(await hashOf('1\n', '2\n')).toBe(`sha256:${sha(`${sha('1\n')}\n${sha('2\n')}\n`)}`)
    expect(await hashOf('1\n2', '3\n')).not.toBe(await hashOf('1\n', '23\n'))
  })

  test('a run states the files, and their order is its order', async () => {
    const { directory, registry, runDir } = bench({ items: [] })
    put(directory, 'x2.jsonl', '{"id":"c","prompt":"c"}\n')
    put(directory, 'x1.jsonl', '{"prompt":"a"}\n{"prompt":"b"}\n')
    const config = { model: 'scripted', probe: 'echo', dataset: { path: 'x*.jsonl' } }
    await run(parseConfig(config, { directory }), { registry, runDir: runDir('r') })
    const records = readLines(join(runDir('r'), 'records.jsonl')) as unknown as { example_id: string }[]
    expect(records.map(({ example_id }) => example_id)).toEqual(['0', '1', 'c'])
    expect(readManifest(runDir('r'))).toMatchObject({
      dataset: { dataset_id: 'x*.jsonl' },
      custom: { dataset_files: [{ path: 'x1.jsonl' }, { path: 'x2.jsonl', hash: /^sha256:/ }] },
    })
  })
})

describe('a missing field is an error that names file, place and field', () => {
  const good = { question: '1+1?', answer: '2' }
  const parquet = (rows: readonly Record<string, string | null>[]): Buffer =>
    Buffer.from(
      parquetWriteBuffer({
        columnData: ['question', 'answer'].map((name) => ({
          name,
          data: rows.map((row) => row[name] ?? null),
          type: 'STRING',
        })),
      }),
    )
  const formats: [string, (rows: readonly Record<string, string | null>[]) => string | Buffer, string][] = [
    ['d.jsonl', (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''), 'd.jsonl:2'],
    ['d.json', (rows) => JSON.stringify(rows, null, 1), 'd.json:6, row 2'],
    ['d.csv', (rows) => `question,answer\n${rows.map((row) => `${row['question'] ?? ''},2\n`).join('')}`, 'd.csv:3'],
    ['d.parquet', parquet, 'd.parquet, row 2'],
  ]
  const bad: Record<string, string | null>[] = [
    { answer: '2' },
    { question: null, answer: '2' },
    { question: '', answer: '2' },
  ]

  test.each(formats.flatMap((format) => bad.map((row) => [format[0], JSON.stringify(row), format, row] as const)))(
    '%s %s',
    async (_name, _row, [name, encode, place], row) => {
      const directory = scratch()
      put(directory, name, encode([good, row, good]))
      const registry = new PluginRegistry()
      registry.use(builtinProbes)
      const config = parseConfig({ model: 'dummy', probe: 'logic', dataset: { path: name } }, { directory })
      const message = await failure(run(config, { registry, runDir: join(directory, 'r') }))
      expect(message.startsWith(`${place}: `)).toBe(true)
      expect(message).toMatch(/"question"/)
    },
  )
})

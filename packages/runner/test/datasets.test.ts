import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { type Dataset, InsideLLMsError, PluginRegistry, type Probe } from '@insidellms/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DatasetSource, SourceItem } from '../src/datasets/dataset-source.ts'
import { inspectDataset } from '../src/datasets/inspect-dataset.ts'
import { CsvParser } from '../src/datasets/parse-csv.ts'
import { openDataset } from '../src/datasets/open-dataset.ts'
import { put, scratch } from './support/scratch.ts'

async function open(name: string, content: string | Buffer): Promise<DatasetSource> {
  const directory = scratch()
  put(directory, name, content)
  return (await openDataset({ path: name, args: {} }, directory, new PluginRegistry())).source
}

async function read(name: string, content: string | Buffer): Promise<SourceItem[]> {
  const items: SourceItem[] = []
  for await (const batch of (await open(name, content)).batches()) items.push(...batch)
  return items
}

async function failure(name: string, content: string | Buffer): Promise<string> {
  const error: unknown = await read(name, content).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(InsideLLMsError.isInstance(error) && error.code).toBe('config')
  return (error as Error).message
}

describe('JSONL', () => {
  test('one value per line, with its line number', async () => {
    expect(await read('d.jsonl', '{"a":1}\n"two"\n[3]\n')).toEqual([
      { item: { a: 1 }, line: 1 },
      { item: 'two', line: 2 },
      { item: [3], line: 3 },
    ])
  })

  test('byte order mark, CRLF, blank lines, no last line feed', async () => {
    expect(await read('d.jsonl', '\uFEFF{"a":1}\r\n\r\n  \n{"a":2}')).toEqual([
      { item: { a: 1 }, line: 1 },
      { item: { a: 2 }, line: 4 },
    ])
  })

  test('lines that are longer than a chunk, and characters that a chunk cuts in two', async () => {
    const long = '😀ä'.repeat(200_000)
    const items = await read('d.jsonl', [long, 'x', long].map((text) => JSON.stringify({ text })).join('\n'))
    expect(items.map(({ item }) => (item as { text: string }).text)).toEqual([long, 'x', long])
    expect(items.map(({ line }) => line)).toEqual([1, 2, 3])
  })

  test('a torn last line: file and line, and what it looks like', async () => {
    expect(await failure('d.jsonl', '{"a":1}\n{"a":2}\n{"a":')).toMatch(
      /^d\.jsonl:3: this line is no JSON \(.*\)\. It is the last line and has no line feed: the file may be cut off\.$/,
    )
  })

  test('a broken line in the middle', async () => {
    expect(await failure('d.jsonl', '{"a":1}\n{a:2}\n{"a":3}\n')).toMatch(
      /^d\.jsonl:2: .*Every line must be one whole JSON value\.$/,
    )
  })

  test('bytes that are no UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('{"a":1}\n{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n')])
    expect(await failure('d.jsonl', bytes)).toBe('d.jsonl:2: this line is no UTF-8. Save the file as UTF-8.')
  })
})

describe('CSV', () => {
  test('quotes, commas and line breaks inside them, CRLF, byte order mark, blank lines', async () => {
    const text = '\uFEFFid,question\r\n1,"say ""hi"", now"\r\n\r\n2,"two\r\nlines"\r\n3,last'
    expect(await read('d.csv', text)).toEqual([
      { item: { id: '1', question: 'say "hi", now' }, line: 2 },
      { item: { id: '2', question: 'two\r\nlines' }, line: 4 },
      { item: { id: '3', question: 'last' }, line: 6 },
    ])
  })

  test('many rows', async () => {
    const rows = Array.from({ length: 1000 }, (_, index) => `${index},q${index}`)
    const items = await read('d.csv', `id,q\n${rows.join('\n')}\n`)
    expect(items).toHaveLength(1000)
    expect(items[999]).toEqual({ item: { id: '999', q: 'q999' }, line: 1001 })
  })

  test.each([
    ['a row that is too long', 'a,b\n1,2\n1,2,3\n', 'd.csv:3: this row has 3 fields, the header has 2.'],
    ['a row that is too short', 'a,b\n1\n', 'd.csv:2: this row has 1 field, the header has 2.'],
    ['a column twice', 'a,b,a\n1,2,3\n', 'd.csv:1: the header names "a" twice.'],
    ['a column without a name', 'a,,c\n1,2,3\n', 'd.csv:1: column 2 of the header has no name.'],
    ['a quote that never closes', 'a,b\n1,2\n1,"2\n3,4\n', 'd.csv:3: a quote that is never closed.'],
    ['a quote in the middle', 'a,b\n1,2"x"\n', 'd.csv:2: a quote inside a field that does not begin with one.'],
    ['text behind a quote', 'a,b\n"x\ny"z,2\n', 'd.csv:3: text behind a closing quote.'],
    ['no UTF-8', Buffer.from([0x61, 0x0a, 0xff, 0x0a]), 'd.csv: the file is no UTF-8. Save it as UTF-8.'],
  ])('%s', async (_name, text, message) => {
    expect(await failure('d.csv', text)).toBe(message)
  })

  test('however it is cut into pieces, the rows are the same', () => {
    const field = fc.array(fc.constantFrom('a', '"', ',', '\n', '\r\n', 'é', ' ')).map((parts) => parts.join(''))
    const table = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), fc.integer({ min: 1, max: 7 }), (rows, lineEnd, size) => {
        const text = rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join(lineEnd)
        const parser = new CsvParser('d.csv')
        const parsed: string[][] = []
        for (let at = 0; at < text.length; at += size)
          parsed.push(...parser.push(text.slice(at, at + size)).map(({ fields }) => fields))
        parsed.push(...parser.end().map(({ fields }) => fields))
        expect(parsed).toEqual(rows)
      }),
    )
  })
})

describe('which dataset', () => {
  const registry = new PluginRegistry()

  test('a file that is not there', async () => {
    const directory = scratch()
    const { source } = await openDataset({ path: 'no.jsonl', args: {} }, directory, registry)
    await expect(inspectDataset(source, [])).rejects.toThrow(
      `There is no dataset at no.jsonl (${join(directory, 'no.jsonl')}). Relative paths start at the config's folder.`,
    )
  })

  test('a directory', async () => {
    const { source } = await openDataset({ path: '.', format: 'jsonl', args: {} }, scratch(), registry)
    await expect(inspectDataset(source, [])).rejects.toThrow('The dataset . is a directory.')
  })

  test('a format that cannot be told, or that nobody knows', async () => {
    await expect(openDataset({ path: 'd.txt', args: {} }, '.', registry)).rejects.toThrow(
      'Set dataset.format: jsonl, json, csv, parquet.',
    )
    await expect(openDataset({ args: {} }, '.', registry)).rejects.toThrow('neither path nor format')
    await expect(openDataset({ format: 'arrow', path: 'x', args: {} }, '.', registry)).rejects.toThrow(
      'No dataset "arrow".',
    )
  })

  test("Windows' backslashes, as the Python original takes them", async () => {
    const directory = scratch()
    put(directory, 'd.jsonl', '1\n')
    const { source } = await openDataset({ path: '.\\d.jsonl', args: {} }, directory, registry)
    expect((await inspectDataset(source, [])).count).toBe(1)
  })

  test("a plugin's format gets the path and its own settings", async () => {
    const own = new PluginRegistry()
    own.datasets.register('numbers', ({ path, upTo }): Dataset => ({
      name: `numbers of ${String(path).split(/[\\/]/).at(-1)}`,
      async *items() {
        for (let n = 1; n <= Number(upTo); n++) yield { n }
      },
    }))
    const { source, id, format } = await openDataset({ format: 'numbers', path: 'x.num', args: { upTo: 3 } }, '/d', own)
    expect([source.label, id, format]).toEqual(['numbers of x.num', 'x.num', 'numbers'])
    const facts = await inspectDataset(source, [])
    const lines = '{"n":1}\n{"n":2}\n{"n":3}\n'
    expect(facts).toEqual({
      state: undefined,
      count: 3,
      hash: `sha256:${createHash('sha256').update(lines).digest('hex')}`,
    })
  })
})

describe('the first reading', () => {
  const probe: Probe = {
    name: 'needs_question',
    version: '1',
    primaryMetric: 'score',
    check: (item) => ((item as { question?: string }).question ? undefined : 'the field "question" is missing'),
    run: () => Promise.reject(new Error('not called')),
  }

  test("hashes the file's bytes and counts its items", async () => {
    const text = '{"question":"a"}\n\n{"question":"b"}\n'
    expect(await inspectDataset(await open('d.jsonl', text), [probe])).toMatchObject({
      count: 2,
      hash: `sha256:${createHash('sha256').update(text).digest('hex')}`,
    })
  })

  test('names line and field of an item that a probe cannot use', async () => {
    const source = await open('d.jsonl', '{"question":"a"}\n\n{"answer":"b"}\n')
    await expect(inspectDataset(source, [probe])).rejects.toThrow(
      'd.jsonl:3: the field "question" is missing (probe needs_question).',
    )
  })

  test('checks no more items than are used, but hashes all bytes', async () => {
    const text = '{"question":"a"}\n{"answer":"b"}\n'
    expect(await inspectDataset(await open('d.jsonl', text), [probe], 1)).toMatchObject({
      count: 1,
      hash: `sha256:${createHash('sha256').update(text).digest('hex')}`,
    })
  })

  test('an empty dataset', async () => {
    await expect(inspectDataset(await open('d.jsonl', '\n'), [])).rejects.toThrow('The dataset d.jsonl has no items.')
  })

  test('memory does not grow with the file', async () => {
    const directory = scratch()
    const path = join(directory, 'large.jsonl')
    const out = createWriteStream(path)
    const line = `${JSON.stringify({ question: 'x'.repeat(1000) })}\n`.repeat(1000)
    for (let part = 0; part < 60; part++) out.write(line)
    out.end()
    await finished(out)
    const { source } = await openDataset({ path: 'large.jsonl', args: {} }, directory, new PluginRegistry())
    const reader = source.batches()[Symbol.asyncIterator]()
    let largest = 0
    for (let result = await reader.next(); !result.done; result = await reader.next())
      largest = Math.max(largest, result.value.length)
    // 60 MB in pieces of a quarter megabyte each.
    expect(largest).toBeLessThan(600)
  })
})

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ParquetWriteOptions, parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { failure, readDataset } from '../support/read-dataset.ts'
import { scratch } from '../support/scratch.ts'

function write(options: Omit<ParquetWriteOptions, 'writer'>): string {
  const directory = scratch()
  writeFileSync(join(directory, 'd.parquet'), Buffer.from(parquetWriteBuffer(options)))
  return directory
}

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url))

const read = (directory: string) => readDataset(directory, { path: 'd.parquet' })

describe('Parquet', () => {
  test('rows in their order over row groups, with their numbers', async () => {
    const count = 5000
    const ids = Array.from({ length: count }, (_, index) => index)
    const directory = write({
      columnData: [
        { name: 'id', data: ids, type: 'INT32' },
        { name: 'question', data: ids.map((id) => `question ${id}`), type: 'STRING' },
      ],
      rowGroupSize: 700,
    })
    const items = await read(directory)
    expect(items.map(({ item }) => item)).toEqual(ids.map((id) => ({ id, question: `question ${id}` })))
    expect(items.map(({ row }) => row)).toEqual(ids.map((id) => id + 1))
  })

  test('a row group that is read in parts', async () => {
    const rows = Array.from({ length: 9000 }, (_, index) => `${index} ${'x'.repeat(1500)}`)
    const directory = write({ columnData: [{ name: 'text', data: rows, type: 'STRING' }], rowGroupSize: 9000 })
    expect((await read(directory)).map(({ item }) => (item as { text: string }).text)).toEqual(rows)
  })

  test('values become plain JSON', async () => {
    const directory = write({
      columnData: [
        { name: 'big', data: [1n, 2n ** 60n, null], type: 'INT64' },
        { name: 'number', data: [0.5, Number.NaN, Number.POSITIVE_INFINITY], type: 'DOUBLE' },
        { name: 'yes', data: [true, false, null], type: 'BOOLEAN' },
        { name: 'bytes', data: [new Uint8Array([0, 255]), new Uint8Array([65]), null], type: 'BYTE_ARRAY' },
        { name: 'time', data: [new Date('2026-01-02T03:04:05.678Z'), new Date(-1), null], type: 'TIMESTAMP' },
        { name: 'nested', data: [{ a: [1, 2] }, { a: [] }, { b: 'x' }], type: 'JSON' },
      ],
    })
    expect((await read(directory)).map(({ item }) => item)).toEqual([
      { big: 1, number: 0.5, yes: true, bytes: 'AP8=', time: '2026-01-02T03:04:05.678Z', nested: { a: [1, 2] } },
      {
        big: '1152921504606846976',
        number: null,
        yes: false,
        bytes: 'QQ==',
        time: '1969-12-31T23:59:59.999Z',
        nested: { a: [] },
      },
      { big: null, number: null, yes: null, bytes: null, time: null, nested: { b: 'x' } },
    ])
  })

  test.each(['snappy', 'gzip', 'zstd', 'brotli'])("pyarrow's types, packed with %s", async (packing) => {
    const items = await readDataset(fixtures, { path: `${packing}.parquet` })
    expect(items.map(({ item }) => item)).toEqual([
      {
        id: 1,
        unsigned: 1,
        text: 'ä😀',
        category: 'a',
        price: 0.3,
        day: '2026-01-02',
        micros: '2026-01-02T03:04:05.678901Z',
        nanos: '2026-01-02T03:04:05.678901234Z',
        number: 0.5,
        yes: true,
        raw: 'AP8=',
        choices: ['a', 'b'],
        nested: { a: 1, b: [{ c: 'x' }] },
        map: { k: 1 },
        nothing: null,
      },
      {
        id: '1152921504606846976',
        unsigned: '18446744073709551615',
        text: '',
        category: 'b',
        price: 12.3,
        day: '1969-12-31',
        micros: '1969-12-31T23:59:59.999999Z',
        nanos: '1969-12-31T23:59:59.999999999Z',
        number: null,
        yes: false,
        raw: '',
        choices: [],
        nested: { a: null, b: [] },
        map: {},
        nothing: null,
      },
      {
        ...Object.fromEntries(Object.keys(items[0]!.item!).map((name) => [name, null])),
        text: 'x'.repeat(40),
        category: 'a',
      },
    ])
  })

  test('a packing that is not supported', async () => {
    expect(await failure(readDataset(fixtures, { path: 'lz4.parquet' }))).toMatch(
      /LZ4_RAW.*write it again with snappy, zstd or gzip\.$/,
    )
  })

  test.each(['lists', 'lists-with-index'])('%s over more rows than are decoded at once', async (name) => {
    const items = await readDataset(fixtures, { path: `${name}.parquet` })
    expect(items.map(({ item }) => item)).toEqual(
      Array.from({ length: 3000 }, (_, n) => ({
        id: n,
        choices: [`${n}`, ...Array<string>(n % 4).fill('x'.repeat(300))],
        of: { n },
      })),
    )
  })

  test('a file that is cut off, and one that is none', async () => {
    const directory = write({ columnData: [{ name: 'a', data: ['x'], type: 'STRING' }] })
    const path = join(directory, 'd.parquet')
    writeFileSync(path, readFileSync(path).subarray(0, -10))
    expect(await failure(read(directory))).toMatch(/^d\.parquet: the Parquet file cannot be read \(/)
    writeFileSync(path, 'id,question\n')
    expect(await failure(read(directory))).toMatch(/^d\.parquet: the Parquet file cannot be read \(/)
  })

  test('a file that is not there', async () => {
    expect(await failure(readDataset(scratch(), { path: 'no.parquet' }))).toMatch(/^There is no dataset at no\.parquet/)
  })
})

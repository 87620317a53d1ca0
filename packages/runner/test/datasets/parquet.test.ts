import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ParquetWriteOptions, parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { failure, readDataset } from '../support/read-dataset.ts'
import { scratch } from '../support/scratch.ts'

function write(options: Omit<ParquetWriteOptions, 'writer'>): string {
  const directory = scratch()
  writeFileSync(join(directory, 'd.parquet'), Buffer.from(parquetWriteBuffer(options)))
  return directory
}

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

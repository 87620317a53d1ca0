import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fileWriter, parquetWriteRows } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { scratch } from '../support/scratch.ts'

const child = fileURLToPath(new URL('../support/measure-reading.ts', import.meta.url))
const rows = Array.from({ length: 250_000 }, (_, n) => ({
  id: `q${n}`,
  question: `Question ${n}: what is the capital of France, and how far is it from here?`,
  level: n % 5,
}))

async function write(format: string): Promise<string> {
  const path = join(scratch(), `rows.${format}`)
  if (format === 'jsonl') writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  if (format === 'json') writeFileSync(path, JSON.stringify(rows))
  if (format === 'csv')
    writeFileSync(
      path,
      `id,question,level\n${rows.map(({ id, question, level }) => `${id},"${question}",${level}\n`).join('')}`,
    )
  if (format === 'parquet')
    await parquetWriteRows({
      writer: fileWriter(path),
      rows,
      columns: [
        { name: 'id', type: 'STRING' },
        { name: 'question', type: 'STRING' },
        { name: 'level', type: 'INT32' },
      ],
      rowGroupSize: 10_000,
    })
  return path
}

describe('a million rows take no more memory than a few', () => {
  test.each(['jsonl', 'json', 'csv', 'parquet'])(
    '%s',
    async (format) => {
      const path = await write(format)
      const measure = (...more: string[]): { count: number; aboveBareMb: number } =>
        JSON.parse(
          execFileSync(process.execPath, ['--no-warnings', child, format, path, '4', ...more], { encoding: 'utf8' }),
        ) as never
      // Held as objects, the rows would be more than 200 MB.
      const whole = measure()
      expect(whole.count).toBe(1_000_000)
      expect(whole.aboveBareMb).toBeLessThan(120)
      const sampled = measure('1000')
      expect(sampled.count).toBe(1000)
      expect(sampled.aboveBareMb).toBeLessThan(150)
    },
    120_000,
  )
})

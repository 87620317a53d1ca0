import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { readRecords } from '../read/read-records.ts'
import { exportColumns, exportRow } from './export-row.ts'

const flushAt = 1 << 18
/** What a spreadsheet takes for the start of a formula. */
const formula = /^[=+\-@\t\r]/
/** What a CSV file in UTF-8 cannot hold, or what readers stop at. */
// oxlint-disable-next-line no-control-regex -- NUL is what is looked for
const unwritable = /\u0000|\p{Cs}/gu

/**
 * CSV by RFC 4180, in UTF-8. A text that a spreadsheet would take for a formula gets a `'` before it; NUL and lone
 * surrogates are written as `\u{0}` and the like. Everything else is as it was.
 */
export async function writeCsv(recordsPath: string, output: string, scoreNames: readonly string[]): Promise<void> {
  const columns = exportColumns(scoreNames)
  async function* lines(): AsyncGenerator<string> {
    let pending = `${columns.map(({ name }) => cell(name)).join(',')}\r\n`
    for await (const record of readRecords(recordsPath)) {
      const row = exportRow(record, scoreNames)
      pending += `${columns.map(({ name }) => cell(row[name] ?? null)).join(',')}\r\n`
      if (pending.length < flushAt) continue
      yield pending
      pending = ''
    }
    yield pending
  }
  await pipeline(lines(), createWriteStream(output))
}

function cell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = value.replace(unwritable, (unit) => `\\u{${unit.charCodeAt(0).toString(16)}}`)
  const safe = formula.test(text) ? `'${text}` : text
  return /[",\r\n]|^\s|\s$|^$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

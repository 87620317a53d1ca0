import { readRecords } from '../read/read-records.ts'
import { type ColumnKind, exportColumns, exportRow, type ExportRow } from './export-row.ts'

const rowsPerGroup = 10_000

const types: Record<ColumnKind, 'STRING' | 'INT32' | 'DOUBLE'> = { text: 'STRING', integer: 'INT32', number: 'DOUBLE' }

/** Parquet with Snappy. Lone surrogates, which UTF-8 has no bytes for, become U+FFFD. */
export async function writeParquet(recordsPath: string, output: string, scoreNames: readonly string[]): Promise<void> {
  // Loaded with the first use: only this format needs it.
  const { fileWriter, parquetWriteRows } = await import('hyparquet-writer')
  async function* rows(): AsyncGenerator<ExportRow> {
    for await (const record of readRecords(recordsPath)) yield exportRow(record, scoreNames)
  }
  await parquetWriteRows({
    writer: fileWriter(output),
    rows: rows(),
    columns: exportColumns(scoreNames).map(({ name, kind }) => ({ name, type: types[kind] })),
    rowGroupSize: rowsPerGroup,
    createdBy: '@insidellms/runner',
  })
}

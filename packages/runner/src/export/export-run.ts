import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InsideLLMsError } from '@insidellms/core'
import { byCodePoint, ExactNumber } from '../read/exact-json.ts'
import { openRun } from '../read/open-run.ts'
import { readRecords } from '../read/read-records.ts'
import { writeCsv } from './write-csv.ts'
import { writeInspect } from './write-inspect.ts'
import { writeParquet } from './write-parquet.ts'

export const exportFormats = ['csv', 'parquet', 'inspect'] as const

export type ExportFormat = (typeof exportFormats)[number]

export interface ExportOptions {
  format: ExportFormat
  /**
   * A file for `csv` and `parquet`, a directory for `inspect`, which has one log per model and probe. Default:
   * `records.csv`, `records.parquet` or `inspect` in the run's directory.
   */
  output?: string
}

export interface ExportResult {
  /** What was written. */
  files: string[]
  records: number
}

const defaultOutput: Record<ExportFormat, string> = {
  csv: 'records.csv',
  parquet: 'records.parquet',
  inspect: 'inspect',
}

/**
 * Writes the records of a run, ours or the Python original's, in another format. Memory does not grow with the run.
 *
 * @throws {InsideLLMsError} `not_found` where there is no run, `invalid_request` for records that cannot be read,
 * `config` for an unknown format or a place that cannot be written.
 */
export async function exportRun(path: string, options: ExportOptions): Promise<ExportResult> {
  const { format } = options
  if (!exportFormats.includes(format))
    throw new InsideLLMsError(
      'config',
      `There is no export format "${format}". The formats are ${exportFormats.join(', ')}.`,
    )
  const run = await openRun(path)
  const output = options.output ?? join(dirname(run.recordsPath), defaultOutput[format])
  try {
    if (format === 'inspect') {
      await mkdir(output, { recursive: true })
      return await writeInspect(run, output)
    }
    const { names, records } = await scoreNames(run.recordsPath)
    // Whole or not at all: half a table looks like one.
    const temporary = `${output}.${process.pid}.tmp`
    try {
      await (format === 'csv' ? writeCsv : writeParquet)(run.recordsPath, temporary, names)
      await rename(temporary, output)
    } finally {
      await rm(temporary, { force: true })
    }
    return { files: [output], records }
  } catch (error) {
    if (InsideLLMsError.isInstance(error)) throw error
    throw new InsideLLMsError(
      'config',
      `The export cannot be written to ${output}: ${(error as Error).message}. Give another place for it.`,
      { cause: error },
    )
  }
}

/** Names of all scores that are numbers. */
async function scoreNames(recordsPath: string): Promise<{ names: string[]; records: number }> {
  const names = new Set<string>()
  const seen = new Set<string>()
  let records = 0
  for await (const record of readRecords(recordsPath)) {
    records += 1
    const text = record.bytes('scores')?.toString('latin1') ?? ''
    if (seen.has(text)) continue
    if (seen.size < 1_000) seen.add(text)
    for (const [name, value] of record.object('scores')) if (value instanceof ExactNumber) names.add(name)
  }
  return { names: [...names].sort(byCodePoint), records }
}

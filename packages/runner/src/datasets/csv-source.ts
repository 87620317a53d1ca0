import { Readable } from 'node:stream'
import { InsideLLMsError } from '@insidellms/core'
import { CsvError, parse } from 'csv-parse'
import type { DatasetSource, SourceItem } from './dataset-source.ts'
import { readChunks } from './read-chunks.ts'

interface CsvRow {
  record: Record<string, string>
  info: { lines: number }
}

const batchSize = 256

/**
 * CSV by RFC 4180 with a header line; every value is a text. A byte order mark, CRLF and line breaks inside quotes are
 * accepted, rows of another length than the header are not.
 *
 * Reading throws `config`, with file and line.
 */
export function csvSource(path: string, label: string): DatasetSource {
  return {
    label,
    async *batches(onBytes) {
      const parser = Readable.from(decode(path, label, onBytes)).compose(
        parse({ columns: (header: string[]) => checkHeader(header, label), skipEmptyLines: true, info: true }),
      )
      let batch: SourceItem[] = []
      try {
        for await (const { record, info } of parser as AsyncIterable<CsvRow>) {
          batch.push({ item: record, line: info.lines - lineBreaks(record) })
          if (batch.length < batchSize) continue
          yield batch
          batch = []
        }
      } catch (error) {
        throw error instanceof CsvError ? explain(error, label) : error
      }
      if (batch.length > 0) yield batch
    },
  }
}

async function* decode(
  path: string,
  label: string,
  onBytes: ((bytes: Uint8Array) => void) | undefined,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of readChunks(path, label)) {
      onBytes?.(chunk)
      yield decoder.decode(chunk, { stream: true })
    }
    yield decoder.decode()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new InsideLLMsError('config', `${label}: the file is no UTF-8. Save it as UTF-8.`, { cause: error })
  }
}

function checkHeader(header: string[], label: string): string[] {
  const names = header.map((name) => name.trim())
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (names.includes(''))
    throw new InsideLLMsError('config', `${label}:1: column ${names.indexOf('') + 1} of the header has no name.`)
  if (twice !== undefined) throw new InsideLLMsError('config', `${label}:1: the header names "${twice}" twice.`)
  return names
}

/** The parser counts lines at the end of a row; people look for its beginning. */
function lineBreaks(record: Record<string, string>): number {
  let count = 0
  for (const value of Object.values(record))
    for (let at = value.indexOf('\n'); at !== -1; at = value.indexOf('\n', at + 1)) count++
  return count
}

function explain(error: CsvError, label: string): InsideLLMsError {
  const { lines, columns, record } = error as CsvError & { lines?: number; columns?: unknown[]; record?: unknown[] }
  const reason =
    error.code === 'CSV_RECORD_INCONSISTENT_COLUMNS'
      ? `this row has ${record?.length} fields, the header has ${columns?.length}`
      : error.message.replace(/[.\s]+$/, '')
  return new InsideLLMsError('config', `${label}:${lines ?? '?'}: ${reason}.`, { cause: error })
}

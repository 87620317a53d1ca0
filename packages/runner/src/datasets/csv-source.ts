import { InsideLLMsError } from '@insidellms/core'
import type { DatasetSource, SourceItem } from './dataset-source.ts'
import { CsvParser, type CsvRow } from './parse-csv.ts'
import { fileState, readChunks } from './read-chunks.ts'

/**
 * CSV by RFC 4180 with a header line; every value is a text. A byte order mark is accepted, a row of another length than
 * the header is not.
 *
 * Reading throws `config`, with file and line.
 */
export function csvSource(path: string, label: string): DatasetSource {
  return {
    label,
    state: () => fileState(path),
    async *batches(onBytes) {
      const decoder = new TextDecoder('utf-8', { fatal: true })
      const parser = new CsvParser(label)
      let header: string[] | undefined
      const toItems = (rows: CsvRow[]): SourceItem[] => {
        if (header === undefined && rows.length > 0) header = checkHeader(rows.shift()!, label)
        return rows.map((row) => toItem(row, header!, label))
      }
      for await (const chunk of readChunks(path, label)) {
        onBytes?.(chunk, 0)
        yield toItems(parser.push(decode(decoder, chunk, label)))
      }
      yield toItems([...parser.push(decode(decoder, undefined, label)), ...parser.end()])
    },
  }
}

function decode(decoder: TextDecoder, chunk: Buffer | undefined, label: string): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
  } catch (error) {
    throw new InsideLLMsError('config', `${label}: the file is no UTF-8. Save it as UTF-8.`, { cause: error })
  }
}

function checkHeader({ fields, line }: CsvRow, label: string): string[] {
  const names = fields.map((name) => name.trim())
  const unnamed = names.indexOf('')
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (unnamed !== -1)
    throw new InsideLLMsError('config', `${label}:${line}: column ${unnamed + 1} of the header has no name.`)
  if (twice !== undefined) throw new InsideLLMsError('config', `${label}:${line}: the header names "${twice}" twice.`)
  return names
}

function toItem({ fields, line }: CsvRow, header: string[], label: string): SourceItem {
  if (fields.length !== header.length)
    throw new InsideLLMsError(
      'config',
      `${label}:${line}: this row has ${plural(fields.length)}, the header has ${header.length}.`,
    )
  return { item: Object.fromEntries(header.map((name, index) => [name, fields[index]!])), line }
}

function plural(count: number): string {
  return count === 1 ? '1 field' : `${count} fields`
}

import { extname } from 'node:path'
import type { DatasetSource } from './dataset-source.ts'
import type { FoundFile } from './find-files.ts'
import { csvSource } from './csv-source.ts'
import { joinedSource } from './joined-source.ts'
import { jsonSource } from './json-source.ts'
import { jsonlSource } from './jsonl-source.ts'
import { parquetSource } from './parquet-source.ts'

const sources = { jsonl: jsonlSource, json: jsonSource, csv: csvSource, parquet: parquetSource }

export type FileFormat = keyof typeof sources

export const fileFormats: readonly string[] = Object.keys(sources)

const formatsByEnding: Record<string, FileFormat> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'json',
  '.csv': 'csv',
  '.parquet': 'parquet',
}

export function isFileFormat(format: string): format is FileFormat {
  return Object.hasOwn(sources, format)
}

/** The format that a file's ending tells. */
export function formatOf(path: string): FileFormat | undefined {
  return formatsByEnding[extname(path).toLowerCase()]
}

export function fileSource(format: FileFormat, { path, label }: FoundFile): DatasetSource {
  return sources[format](path, label)
}

/** One file as it is, several as one dataset. */
export function filesSource(format: FileFormat, files: readonly FoundFile[], label: string): DatasetSource {
  const [first, ...others] = files.map((file) => fileSource(format, file))
  return first !== undefined && others.length === 0 && first.label === label
    ? first
    : joinedSource([first!, ...others], label)
}

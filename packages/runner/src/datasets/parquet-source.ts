import { type FileHandle, open } from 'node:fs/promises'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { InsideLLMsError, type JsonObject, type JsonValue } from '@insidellms/core'
import type {
  AsyncBuffer,
  Compressors,
  DecodedArray,
  FileMetaData,
  ParquetScan,
  RowGroup,
  SchemaElement,
} from 'hyparquet'
import type { DatasetSource, SourceItem } from './dataset-source.ts'
import { parquetParsers, plainValue } from './parquet-values.ts'
import { fileState, readChunks } from './read-chunks.ts'

/** What is decoded of a column at once, by the file's own account of a value's size. */
const windowBytes = 1 << 20
const leastWindowRows = 1000
/** A page of a column with few distinct values can hold millions of rows. */
const mostWindowRows = 1 << 20
/** Small, so that the items of a batch are used up before the garbage collector takes them for long-lived. */
const batchRows = 128

const compressors: Compressors = {
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
  ZSTD: (input) => zstdDecompressSync(input),
}

/**
 * A Parquet file, read row group by row group, each column of it in windows, so that its size does not matter: memory is for
 * the windows, and for the packed bytes of one column where the file has no index of its pages. Values become plain JSON, see `plainValue` and `parquetParsers`.
 *
 * Reading throws `config`, with the file.
 */
export function parquetSource(path: string, label: string): DatasetSource {
  return {
    label,
    state: () => fileState(path),
    async *batches(onBytes) {
      // Also without a listener, for what it says of a path where nothing can be read.
      for await (const chunk of readChunks(path, label)) {
        if (onBytes === undefined) break
        onBytes(chunk, 0)
      }
      const handle = await open(path, 'r')
      try {
        yield* readRows(await asyncBuffer(handle))
      } catch (error) {
        throw new InsideLLMsError(
          'config',
          `${label}: the Parquet file cannot be read (${(error as Error).message}). It may be cut off, or packed in a way that is not supported; write it again with snappy, zstd or gzip.`,
          { cause: error },
        )
      } finally {
        await handle.close()
      }
    },
  }
}

async function* readRows(file: AsyncBuffer): AsyncGenerator<SourceItem[], void, undefined> {
  const { parquetMetadataAsync, parquetScan } = await import('hyparquet')
  const metadata = await parquetMetadataAsync(file)
  const scan = await parquetScan({ file, metadata, compressors, parsers: parquetParsers, utf8: false })
  const columns = columnsOf(metadata)
  let row = 0
  for (const group of metadata.row_groups) {
    const end = row + Number(group.num_rows)
    const windows = columns.map((column) => new ColumnWindow(scan, column, group, end))
    while (row < end) {
      const last = Math.min(row + batchRows, ...(await fillAll(windows, row)))
      const batch: SourceItem[] = []
      for (; row < last; row++) {
        const item: JsonObject = Object.fromEntries(windows.map((window) => [window.name, window.valueAt(row)]))
        batch.push({ item, row: row + 1 })
      }
      yield batch
    }
  }
}

/** @returns where each window ends. */
async function fillAll(windows: readonly ColumnWindow[], row: number): Promise<number[]> {
  for (const window of windows) if (row >= window.end) await window.fill(row)
  return windows.map(({ end }) => end)
}

/** The decoded part of one column of a row group. */
class ColumnWindow {
  readonly name: string
  /** The row behind the last one. */
  end = 0
  readonly #scan: ParquetScan
  readonly #read: Column['read']
  readonly #groupEnd: number
  readonly #rows: number
  #start = 0
  #values: DecodedArray = []

  constructor(scan: ParquetScan, { name, read }: Column, group: RowGroup, groupEnd: number) {
    this.name = name
    this.#scan = scan
    this.#read = read
    this.#groupEnd = groupEnd
    this.#rows = windowRows(group, name)
  }

  async fill(row: number): Promise<void> {
    this.#start = row
    this.end = Math.min(this.#groupEnd, row + this.#rows)
    this.#values = await this.#scan.readColumn({ column: this.name, rowStart: row, rowEnd: this.end })
  }

  valueAt(row: number): JsonValue {
    return this.#read(this.#values[row - this.#start])
  }
}

interface Column {
  name: string
  read: typeof plainValue
}

function columnsOf(metadata: FileMetaData): Column[] {
  const columns: Column[] = []
  for (let at = 1; at < metadata.schema.length; at = behind(metadata.schema, at))
    columns.push({ name: metadata.schema[at]!.name, read: reader(metadata.schema[at]!) })
  return columns
}

/** The schema is a list in depth-first order. */
function behind(schema: readonly SchemaElement[], at: number): number {
  let next = at + 1
  for (let child = 0; child < (schema[at]!.num_children ?? 0); child++) next = behind(schema, next)
  return next
}

/** The library multiplies a decimal out in binary: 3 x 0.1 is not 0.3. */
function reader({ converted_type, num_children, scale = 0 }: SchemaElement): typeof plainValue {
  if (converted_type !== 'DECIMAL' || num_children || scale < 1 || scale > 100) return plainValue
  return (value) => (typeof value === 'number' ? Number(value.toFixed(scale)) : plainValue(value))
}

function windowRows({ columns, num_rows }: RowGroup, name: string): number {
  const own = columns.filter(({ meta_data }) => meta_data?.path_in_schema[0] === name)
  // Without an index of its pages, a column of lists or objects is decoded whole for every window.
  if (own.some(({ meta_data, offset_index_length }) => meta_data!.path_in_schema.length > 1 && !offset_index_length))
    return Number(num_rows)
  const bytes = own.reduce((sum, { meta_data }) => sum + Number(meta_data!.total_uncompressed_size), 0)
  const rows = Math.floor((windowBytes * Number(num_rows)) / Math.max(1, bytes))
  return Math.min(mostWindowRows, Math.max(leastWindowRows, rows))
}

async function asyncBuffer(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat()
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(end - start)
      for (let have = 0; have < bytes.length;) {
        const { bytesRead } = await handle.read(bytes, have, bytes.length - have, start + have)
        if (bytesRead === 0) throw new Error('the file ends too early')
        have += bytesRead
      }
      return bytes.buffer
    },
  }
}

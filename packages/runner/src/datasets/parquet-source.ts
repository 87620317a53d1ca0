import { type FileHandle, open } from 'node:fs/promises'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { InsideLLMsError, type JsonObject } from '@insidellms/core'
import type { AsyncBuffer, Compressors, DecodedArray, FileMetaData, ParquetScan, SchemaElement } from 'hyparquet'
import type { DatasetSource, SourceItem } from './dataset-source.ts'
import { parquetParsers, plainValue } from './parquet-values.ts'
import { fileState, readChunks } from './read-chunks.ts'

/** What is decoded at once, by the file's own account of a row's size; a smaller row group is a part of its own. */
const partBytes = 4 << 20
const smallestPart = 1000
/** Small, so that the items of a batch are used up before the garbage collector takes them for long-lived. */
const batchRows = 128

const compressors: Compressors = {
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
  ZSTD: (input) => zstdDecompressSync(input),
}

/**
 * A Parquet file, read part by part of each row group, so that its size does not matter: memory is for a part and for the
 * packed bytes of one column of a row group. Values become plain JSON, see `plainValue` and `parquetParsers`.
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
  const columns = columnsOf(metadata)
  const scan = await parquetScan({ file, metadata, compressors, parsers: parquetParsers, utf8: false })
  let groupStart = 0
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows)
    const part = partRows(Number(group.total_byte_size), rows)
    for (let start = 0; start < rows; start += part)
      yield* readPart(scan, columns, groupStart + start, groupStart + Math.min(rows, start + part))
    groupStart += rows
  }
}

async function* readPart(
  scan: ParquetScan,
  columns: readonly Column[],
  rowStart: number,
  rowEnd: number,
): AsyncGenerator<SourceItem[], void, undefined> {
  const decoded: DecodedArray[] = []
  for (const { name } of columns) decoded.push(await scan.readColumn({ column: name, rowStart, rowEnd }))
  for (let first = rowStart; first < rowEnd; first += batchRows) {
    const batch: SourceItem[] = []
    for (let row = first; row < Math.min(rowEnd, first + batchRows); row++) {
      const item: JsonObject = Object.fromEntries(
        columns.map(({ name, read }, index) => [name, read(decoded[index]![row - rowStart])]),
      )
      batch.push({ item, row: row + 1 })
    }
    yield batch
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

function partRows(bytes: number, rows: number): number {
  return Math.max(smallestPart, Math.floor((partBytes * rows) / Math.max(1, bytes)))
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

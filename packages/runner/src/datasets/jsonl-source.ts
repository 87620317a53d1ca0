import { isUtf8 } from 'node:buffer'
import { type DatasetItem, InsideLLMsError } from '@insidellms/core'
import type { DatasetSource, SourceItem } from './dataset-source.ts'
import { hasByteOrderMark } from './has-byte-order-mark.ts'
import { fileState, readChunks } from './read-chunks.ts'

const lineFeed = 10

/**
 * One JSON value per line. Blank lines are passed over; a byte order mark and CRLF are accepted.
 *
 * Reading throws `config`, with file and line, at a line that is no JSON or no UTF-8.
 */
export function jsonlSource(path: string, label: string): DatasetSource {
  return {
    label,
    state: () => fileState(path),
    async *batches(onBytes) {
      let line = 1
      let rest: Buffer[] = []
      const parse = (bytes: Buffer): SourceItem[] => {
        const items = parseLines(bytes, line, label)
        for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) line++
        return items
      }
      for await (const chunk of readChunks(path, label)) {
        onBytes?.(chunk, 0)
        const end = chunk.lastIndexOf(lineFeed) + 1
        if (end > 0) {
          yield parse(Buffer.concat([...rest, chunk.subarray(0, end)]))
          rest = []
        }
        // A copy, because the chunk's memory is used again.
        if (end < chunk.length) rest.push(Buffer.from(chunk.subarray(end)))
      }
      if (rest.length > 0) yield parse(Buffer.concat(rest))
    },
  }
}

function parseLines(bytes: Buffer, firstLine: number, label: string): SourceItem[] {
  const items: SourceItem[] = []
  const valid = isUtf8(bytes)
  let line = firstLine
  for (let start = 0; start < bytes.length; line++) {
    const feed = bytes.indexOf(lineFeed, start)
    const end = feed === -1 ? bytes.length : feed
    if (!valid && !isUtf8(bytes.subarray(start, end)))
      throw new InsideLLMsError('config', `${label}:${line}: this line is no UTF-8. Save the file as UTF-8.`)
    const text = bytes.toString('utf8', line === 1 && hasByteOrderMark(bytes) ? 3 : start, end)
    if (text.trim() !== '') items.push({ item: parseLine(text, line, feed === -1, label), line })
    start = end + 1
  }
  return items
}

function parseLine(text: string, line: number, last: boolean, label: string): DatasetItem {
  try {
    return JSON.parse(text) as DatasetItem
  } catch (error) {
    const hint = last
      ? 'It is the last line and has no line feed: the file may be cut off.'
      : 'Every line must be one whole JSON value.'
    throw new InsideLLMsError(
      'config',
      `${label}:${line}: this line is no JSON (${(error as Error).message}). ${hint}`,
      {
        cause: error,
      },
    )
  }
}

import type { DatasetSource } from './dataset-source.ts'
import { fileState, readChunks } from './read-chunks.ts'
import { JsonArraySplitter } from './split-json-array.ts'

/**
 * A file that is one JSON array. A byte order mark is accepted.
 *
 * Reading throws `config`, with file, line and row.
 */
export function jsonSource(path: string, label: string): DatasetSource {
  return {
    label,
    state: () => fileState(path),
    async *batches(onBytes) {
      const splitter = new JsonArraySplitter(label)
      for await (const chunk of readChunks(path, label)) {
        onBytes?.(chunk, 0)
        yield splitter.push(chunk)
      }
      splitter.end()
    },
  }
}

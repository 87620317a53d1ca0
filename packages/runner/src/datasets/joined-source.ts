import type { DatasetSource, SourceItem } from './dataset-source.ts'

/** Several files as one dataset, one after the other. */
export function joinedSource(sources: readonly DatasetSource[], label: string): DatasetSource {
  return {
    label,
    files: sources.map((source) => source.label),
    async state() {
      const states = await Promise.all(sources.map((source) => source.state()))
      return states.join('\n')
    },
    async *batches(onBytes) {
      for (const [index, source] of sources.entries())
        for await (const batch of source.batches(onBytes && ((bytes) => onBytes(bytes, index))))
          yield batch.map((entry): SourceItem => ({ ...entry, file: source.label }))
    },
  }
}

import { extname, resolve } from 'node:path'
import { type Dataset, InsideLLMsError, type PluginRegistry } from '@insidellms/core'
import type { DatasetEntry } from '../config/config-schema.ts'
import { csvSource } from './csv-source.ts'
import type { DatasetSource, SourceItem } from './dataset-source.ts'
import { jsonlSource } from './jsonl-source.ts'

const formatsByEnding: Record<string, string> = { '.jsonl': 'jsonl', '.ndjson': 'jsonl', '.csv': 'csv' }

/** A dataset that has been found, with the facts that records and manifest state. */
export interface OpenedDataset {
  source: DatasetSource
  format: string
  id: string
}

/**
 * Finds a config's dataset: a JSONL or CSV file, or what a plugin registered for the format. Nothing is read yet.
 *
 * @throws {InsideLLMsError} `config`, or what the registry throws for an unknown format.
 */
export async function openDataset(
  entry: DatasetEntry,
  directory: string,
  registry: PluginRegistry,
): Promise<OpenedDataset> {
  const { path } = entry
  const format =
    entry.format?.toLowerCase() ?? (path === undefined ? undefined : formatsByEnding[extname(path).toLowerCase()])
  if (format === undefined)
    throw new InsideLLMsError(
      'config',
      path === undefined
        ? 'The dataset has neither path nor format. Give dataset: { format: jsonl, path: data.jsonl }.'
        : `The format of the dataset ${path} cannot be told from its ending. Set dataset.format: jsonl or csv.`,
    )
  const file = path === undefined ? undefined : resolve(directory, path.replaceAll('\\', '/'))
  if (format === 'jsonl' || format === 'csv') {
    if (file === undefined) throw new InsideLLMsError('config', `A ${format} dataset needs dataset.path.`)
    const source = format === 'jsonl' ? jsonlSource(file, path!) : csvSource(file, path!)
    return { source, format, id: entry.name ?? path! }
  }
  const dataset = await registry.datasets.get(format, { ...entry.args, ...(file !== undefined && { path: file }) })
  return { source: pluginSource(dataset), format, id: entry.name ?? path ?? dataset.name }
}

function pluginSource(dataset: Dataset): DatasetSource {
  return {
    label: dataset.name,
    state: () => Promise.resolve(undefined),
    async *batches(onBytes) {
      const encoder = new TextEncoder()
      for await (const item of dataset.items()) {
        onBytes?.(encoder.encode(`${JSON.stringify(item)}\n`))
        yield [{ item }] satisfies SourceItem[]
      }
    },
  }
}

import { resolve } from 'node:path'
import { type Dataset, InsideLLMsError, type PluginRegistry } from '@insidellms/core'
import type { DatasetEntry } from '../config/config-schema.ts'
import type { DatasetSource, SourceItem } from './dataset-source.ts'
import { fileFormats, filesSource, formatOf, isFileFormat } from './file-source.ts'
import { findFiles } from './find-files.ts'
import { openHubDataset } from './huggingface/open-hub-dataset.ts'
import { selectedSource } from './selected-source.ts'

/** The Python original says `hf`. */
const hubFormats: ReadonlySet<string> = new Set(['huggingface', 'hf'])

/** A dataset that has been found, with the facts that records and manifest state. */
export interface OpenedDataset {
  source: DatasetSource
  format: string
  id: string
  /** The commit that a revision stands for. */
  revision?: string
}

/**
 * Finds a config's dataset: files, a dataset of the Hugging Face hub, which is fetched, or what a plugin registered for the
 * format. No item is read yet.
 *
 * @throws {InsideLLMsError} `config`, what the registry throws for an unknown format, or what kept the hub's files from
 *   being fetched.
 */
export async function openDataset(
  entry: DatasetEntry,
  directory: string,
  registry: PluginRegistry,
): Promise<OpenedDataset> {
  const opened = await openWhole(entry, directory, registry)
  return { ...opened, source: selectedSource(opened.source, entry) }
}

async function openWhole(entry: DatasetEntry, directory: string, registry: PluginRegistry): Promise<OpenedDataset> {
  const paths = entry.path === undefined ? [] : [entry.path].flat()
  const format = entry.format?.toLowerCase() ?? formatOfAll(paths)
  if (hubFormats.has(format)) return openHubDataset(entry)
  if (entry.config !== undefined)
    throw new InsideLLMsError(
      'config',
      `dataset.config chooses a part of a Hugging Face dataset; the format is ${format}. Remove it, or set format: huggingface.`,
    )
  const written = paths.join(', ')
  if (isFileFormat(format)) {
    if (paths.length === 0) throw new InsideLLMsError('config', `A ${format} dataset needs dataset.path.`)
    const files = await findFiles(paths, directory)
    return { source: filesSource(format, files, written), format, id: entry.name ?? written }
  }
  const [first, ...others] = paths.map((path) => resolve(directory, path.replaceAll('\\', '/')))
  const dataset = await registry.datasets.get(format, {
    ...entry.args,
    ...(first !== undefined && { path: others.length === 0 ? first : [first, ...others] }),
  })
  return { source: pluginSource(dataset), format, id: entry.name ?? (written || dataset.name) }
}

/** As the endings tell it. */
function formatOfAll(paths: readonly string[]): string {
  const known = fileFormats.join(', ')
  if (paths.length === 0)
    throw new InsideLLMsError(
      'config',
      'The dataset has neither path nor format. Give dataset: { format: jsonl, path: data.jsonl }.',
    )
  const formats = new Set(paths.map(formatOf))
  const [format] = formats
  if (formats.size > 1)
    throw new InsideLLMsError(
      'config',
      `The files of one dataset must have one format; the endings of ${paths.join(', ')} differ. Set dataset.format: ${known}.`,
    )
  if (format === undefined)
    throw new InsideLLMsError(
      'config',
      `The format of the dataset ${paths.join(', ')} cannot be told from its ending. Set dataset.format: ${known}.`,
    )
  return format
}

function pluginSource(dataset: Dataset): DatasetSource {
  return {
    label: dataset.name,
    state: () => Promise.resolve(undefined),
    async *batches(onBytes) {
      const encoder = new TextEncoder()
      for await (const item of dataset.items()) {
        onBytes?.(encoder.encode(`${JSON.stringify(item)}\n`), 0)
        yield [{ item }] satisfies SourceItem[]
      }
    },
  }
}

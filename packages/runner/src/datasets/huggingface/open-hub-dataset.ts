import { open, readFile } from 'node:fs/promises'
import { InsideLLMsError } from '@insidellms/core'
import type { DatasetEntry } from '../../config/config-schema.ts'
import type { DatasetSource } from '../dataset-source.ts'
import { type FileFormat, fileSource, formatOf } from '../file-source.ts'
import { joinedSource } from '../joined-source.ts'
import { readCardConfigs } from './card-configs.ts'
import { chooseFiles } from './choose-files.ts'
import { fetchFile } from './fetch-file.ts'
import { hubPlace } from './hub-cache.ts'
import { HubClient } from './hub-client.ts'
import { isCommit, listFiles, resolveRevision } from './hub-listing.ts'

export interface HubDataset {
  source: DatasetSource
  format: 'huggingface'
  id: string
  /** The commit that was read. */
  revision: string
}

/**
 * A dataset of the Hugging Face hub at one commit. Its files are fetched once; with a commit as revision nothing is asked
 * of the network after that.
 *
 * @throws {InsideLLMsError} `config` where the config does not say which files are meant, or what kept them from being
 *   fetched.
 */
export async function openHubDataset(entry: DatasetEntry): Promise<HubDataset> {
  const { name, revision = 'main', path, config, split } = entry
  if (name === undefined || !/^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/.test(name))
    throw new InsideLLMsError(
      'config',
      `A Hugging Face dataset needs dataset.name: owner/dataset${name === undefined ? '' : `; it is ${JSON.stringify(name)}`}.`,
    )
  const client = new HubClient()
  const place = await placeOf(client, name, revision)
  const files = await listFiles(client, place)
  const card = files.find((file) => file.path === 'README.md')
  const configs =
    card === undefined || path !== undefined
      ? []
      : readCardConfigs(await readFile(await fetchFile(client, place, card), 'utf8'))
  const chosen = chooseFiles(
    files.map((file) => file.path),
    configs,
    {
      name,
      ...(config !== undefined && { config }),
      ...(split !== undefined && { split }),
      ...(path !== undefined && { paths: [path].flat() }),
    },
  )
  const format = formatOfAll(name, chosen)
  const sources: DatasetSource[] = []
  for (const file of new Set(chosen)) {
    const local = await fetchFile(
      client,
      place,
      files.find((one) => one.path === file)!,
    )
    sources.push(fileSource(await realFormat(format, local), { path: local, label: `${name}/${file}` }))
  }
  return { source: joinedSource(sources, name), format: 'huggingface', id: name, revision: place.commit }
}

/** A commit whose files are listed on this disk needs no network. */
async function placeOf(client: HubClient, name: string, revision: string): Promise<ReturnType<typeof hubPlace>> {
  const commit = isCommit(revision) ? revision : await resolveRevision(client, name, revision)
  return hubPlace(client.host, name, commit)
}

function formatOfAll(name: string, paths: readonly string[]): FileFormat {
  const formats = new Set(paths.map(formatOf))
  const [format] = formats
  if (format !== undefined && formats.size === 1) return format
  throw new InsideLLMsError(
    'config',
    formats.size > 1
      ? `The dataset ${name} has these rows in several formats (${paths.slice(0, 6).join(', ')}). Set dataset.path to the files of one.`
      : `The dataset ${name} has ${paths[0]}, which is no parquet, jsonl, json or csv file. Set dataset.path to other files.`,
  )
}

/** On the hub, a file that ends in .json often holds a value per line. */
async function realFormat(format: FileFormat, path: string): Promise<FileFormat> {
  if (format !== 'json') return format
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0)
    return buffer
      .toString('utf8', 0, bytesRead)
      .replace(/^\uFEFF/, '')
      .trimStart()
      .startsWith('[')
      ? 'json'
      : 'jsonl'
  } finally {
    await file.close()
  }
}

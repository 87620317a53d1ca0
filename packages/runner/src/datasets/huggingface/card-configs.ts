import { parse } from 'yaml'

/** A config (subset) of a dataset, as its card says it. */
export interface CardConfig {
  name: string
  isDefault: boolean
  /** Patterns of the files of each split; absent where the card leaves the files to their names. */
  splits?: Map<string, string[]>
  /** Where its files are, when only that is said. */
  folder?: string
}

/** The `configs` in the front matter of a dataset's README.md. A card that cannot be read says nothing. */
export function readCardConfigs(readme: string): CardConfig[] {
  const front = /^\uFEFF?---[ \t]*\r?\n([^]*?)\r?\n---/.exec(readme)?.[1]
  if (front === undefined) return []
  let configs: unknown
  try {
    configs = (parse(front) as { configs?: unknown } | null)?.configs
  } catch {
    return []
  }
  return Array.isArray(configs) ? configs.flatMap((config) => readConfig(config as Record<string, unknown>)) : []
}

function readConfig(config: Record<string, unknown> | null): CardConfig[] {
  if (typeof config !== 'object' || config === null) return []
  const { config_name: name, data_files: files, data_dir: folder } = config
  if (typeof name !== 'string') return []
  const splits = readSplits(files)
  const prefix = typeof folder === 'string' ? `${folder.replace(/\/+$/, '')}/` : ''
  for (const [split, patterns] of splits ?? [])
    splits!.set(
      split,
      patterns.map((pattern) => `${prefix}${pattern}`),
    )
  return [
    {
      name,
      isDefault: config['default'] === true || name === 'default',
      ...(splits && { splits }),
      ...(splits === undefined && prefix !== '' && { folder: prefix }),
    },
  ]
}

/** A pattern, a list of them, a list of `{ split, path }`, or an object by split. Without a split it is `train`. */
function readSplits(files: unknown): Map<string, string[]> | undefined {
  if (files === undefined || files === null) return undefined
  const splits = new Map<string, string[]>()
  const add = (split: string, patterns: unknown): void => {
    const texts = [patterns].flat().filter((pattern) => typeof pattern === 'string')
    splits.set(split, [...(splits.get(split) ?? []), ...texts])
  }
  for (const entry of [files].flat()) {
    if (typeof entry !== 'object' || entry === null) add('train', entry)
    else if ('path' in entry) add('split' in entry ? String(entry.split) : 'train', entry.path)
    else for (const [split, patterns] of Object.entries(entry)) add(split, patterns)
  }
  return splits
}

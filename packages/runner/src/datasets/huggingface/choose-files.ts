import { InsideLLMsError } from '@insidellms/core'
import { formatOf } from '../file-source.ts'
import type { CardConfig } from './card-configs.ts'
import { globPattern } from './glob-pattern.ts'
import { splitOf } from './split-of.ts'

/** What a config asks of a dataset on the hub. */
export interface Wanted {
  name: string
  config?: string
  split?: string
  /** Patterns of files: the rules below do not apply then. */
  paths?: readonly string[]
}

/**
 * The files of a split, in the order of their names, by the hub's usual rules: what the card's `configs` say, else what the
 * names of files and folders say (`data/test-00000-of-00001.parquet`, `test.jsonl`, `main/test/0000.parquet`).
 *
 * @throws {InsideLLMsError} `config`, naming what there is to choose from.
 */
export function chooseFiles(all: readonly string[], card: readonly CardConfig[], wanted: Wanted): string[] {
  const data = all.filter(isData).sort()
  if (wanted.paths !== undefined) return wanted.paths.flatMap((pattern) => matching(all, pattern, wanted))
  if (data.length === 0)
    throw problem(
      `${wanted.name} has no parquet, jsonl, json or csv files at this revision. The hub converts many datasets: set dataset.revision: refs/convert/parquet to read what it made`,
    )
  if (card.length === 0) return fromNames(data, wanted)
  const config = chooseConfig(card, wanted)
  if (config.splits === undefined)
    return chooseSplit(bySplit(data.filter((path) => path.startsWith(config.folder ?? ''))), wanted)
  const patterns = chooseSplit(config.splits, wanted)
  return patterns.flatMap((pattern) => matching(data, pattern, wanted))
}

function isData(path: string): boolean {
  if (path.split('/').some((part) => /^[._]/.test(part))) return false
  return formatOf(path) !== undefined && !/(^|\/)(dataset_infos?|dataset_dict|state)\.json$/.test(path)
}

function matching(paths: readonly string[], pattern: string, { name }: Wanted): string[] {
  const expression = globPattern(pattern.replaceAll('\\', '/').replace(/^\.\//, ''))
  const found = paths.filter((path) => expression.test(path)).sort()
  if (found.length === 0) throw problem(`${name} has no file ${pattern} at this revision. It has ${list(paths)}`)
  return found
}

function chooseConfig(card: readonly CardConfig[], { name, config }: Wanted): CardConfig {
  const chosen =
    config === undefined
      ? card.length === 1
        ? card[0]
        : card.find(({ isDefault }) => isDefault)
      : card.find((one) => one.name === config)
  if (chosen !== undefined) return chosen
  const names = list(card.map((one) => one.name))
  throw problem(
    config === undefined
      ? `${name} has the configs ${names}. Set dataset.config`
      : `${name} has no config "${config}". It has ${names}`,
  )
}

function chooseSplit<Value>(splits: ReadonlyMap<string, Value>, { name, split }: Wanted): Value {
  const [only] = splits.values()
  const chosen = split === undefined ? (splits.size === 1 ? only : undefined) : splits.get(split)
  if (chosen !== undefined) return chosen
  const names = list([...splits.keys()])
  throw problem(
    split === undefined
      ? `${name} has the splits ${names}. Set dataset.split`
      : `${name} has no split "${split}". It has ${names || 'none'}`,
  )
}

function fromNames(data: readonly string[], wanted: Wanted): string[] {
  const { name, config } = wanted
  const folders = [...new Set(data.map(configFolder))]
  if (config !== undefined) {
    const own = data.filter((path) => path.startsWith(`${config}/`))
    if (own.length > 0) return chooseSplit(bySplit(own), wanted)
    throw problem(
      `${name} has no config "${config}". It has ${list(folders.filter(Boolean)) || 'none: remove dataset.config'}`,
    )
  }
  const chosen = chooseSplit(bySplit(data), wanted)
  const spread = [...new Set(chosen.map(configFolder))]
  if (spread.length > 1)
    throw problem(
      `${name} has that split in several folders (${list(spread.map((folder) => folder || 'the top'))}). Set dataset.config to one of them, or dataset.path to the files`,
    )
  return chosen
}

/** The folder at the top that a file is in, unless that one is a split or just holds the data. */
function configFolder(path: string): string {
  const [top, ...rest] = path.split('/')
  return rest.length === 0 || top === 'data' || splitOf(`${top}/0`) !== undefined ? '' : top!
}

/** Where no name says a split, everything is `train`. */
function bySplit(paths: readonly string[]): Map<string, string[]> {
  const splits = new Map<string, string[]>()
  for (const path of paths) {
    const split = splitOf(path)
    if (split !== undefined) splits.set(split, [...(splits.get(split) ?? []), path])
  }
  return splits.size > 0 ? splits : new Map([['train', [...paths]]])
}

function list(names: readonly string[]): string {
  return names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ')
}

function problem(message: string): InsideLLMsError {
  return new InsideLLMsError('config', `The dataset ${message}.`)
}

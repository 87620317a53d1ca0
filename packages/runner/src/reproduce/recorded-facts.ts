import type { JsonObject } from '@insidellms/core'
import { modelWeights, type ModelWeights } from '../artifacts/model-weights.ts'
import { isFileFormat } from '../datasets/file-source.ts'

/** What a manifest says that its run was made with. Only what it says is set. */
export interface RecordedFacts {
  core: string | undefined
  runner: string | undefined
  node: string | undefined
  git: { commit: string; dirty: boolean } | undefined
  lockfile: { name: string; sha256: string } | undefined
  plugins: { name: string; version?: string; entry?: string; sha256?: string }[]
  /** Modules of the user's own. */
  modules: { entry: string; sha256: string }[]
  sdks: { name: string; version: string }[]
  /** Model files, by their hash. */
  weights: ModelWeights[]
  datasets: { path: string; hash: string }[]
}

interface ManifestModel {
  args?: JsonObject
  served?: { sdk?: { name: string; version: string }; sha256?: string }[]
}

interface ManifestCustom {
  versions?: { core?: string; runner?: string; node?: string }
  git?: RecordedFacts['git']
  lockfile?: RecordedFacts['lockfile']
  plugins?: { name?: string; version?: string; entry?: string; sha256?: string }[]
  models?: ManifestModel[]
  judges?: ManifestModel[]
  datasets?: ManifestDataset[]
}

interface ManifestDataset {
  dataset_hash?: string
  params?: { path?: unknown; format?: unknown }
}

export function readRecordedFacts(manifest: JsonObject): RecordedFacts {
  const custom = (manifest['custom'] ?? {}) as ManifestCustom
  const { versions, git, lockfile, plugins = [] } = custom
  const models = [...(custom.models ?? []), ...(custom.judges ?? [])]
  const datasets = custom.datasets ?? [(manifest['dataset'] ?? {}) as ManifestDataset]
  return {
    core: versions?.core,
    runner: versions?.runner,
    node: versions?.node,
    git,
    lockfile,
    plugins: plugins.filter((plugin): plugin is RecordedFacts['plugins'][number] => plugin.name !== undefined),
    modules: plugins.flatMap(({ name, entry, sha256 }) =>
      name === undefined && entry !== undefined && sha256 !== undefined ? [{ entry, sha256 }] : [],
    ),
    sdks: distinct(models.flatMap(({ served = [] }) => served.flatMap(({ sdk }) => (sdk === undefined ? [] : [sdk])))),
    weights: distinct(models.flatMap(({ args, served = [] }) => modelWeights(args, served))),
    datasets: datasets.flatMap(({ dataset_hash: hash, params: { path, format } = {} }) =>
      typeof path === 'string' && hash !== undefined && isHashOfFile(path, format) ? [{ path, hash }] : [],
    ),
  }
}

/**
 * Several files are hashed together, a plugin's dataset by its items, and the paths of a hub's are not on this disk: those
 * are checked by the run that reads them.
 */
function isHashOfFile(path: string, format: unknown): boolean {
  return typeof format === 'string' && isFileFormat(format) && !/[*?{[]/.test(path)
}

function distinct<T extends object>(values: T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]
}

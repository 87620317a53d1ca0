import type { JsonObject, PluginRegistry } from '@insidellms/core'
import { schemaVersion } from '../artifacts/schema-version.ts'
import { readSurroundings } from '../artifacts/surroundings.ts'
import { canonicalJson } from '../canonical-json.ts'
import type { RunConfig } from '../config/config-schema.ts'
import type { LoadedConfig } from '../config/load-config.ts'
import { sha256 } from '../sha256.ts'
import type { Experiment } from './experiment.ts'
import { mergeOptions } from './merge-options.ts'
import { closeModels, type ReplayOptions, type ResolvedParts, resolveParts } from './resolve-parts.ts'
import { prepareDatasets, type PreparedDatasets, type RunDataset } from './run-dataset.ts'

/** A run whose every part has been made and checked, before anything is asked or written. */
export interface PreparedRun extends ResolvedParts {
  runId: string
  config: RunConfig
  /** As artifacts show it, with the hashes of the datasets. */
  shown: JsonObject
  datasets: RunDataset[]
  experiments: Experiment[]
  /** Records that the run will have. */
  total: number
  /** Where the config's relative paths start. */
  directory: string
  /** Commit and lockfile, for the manifest. */
  surroundings: JsonObject
}

export interface PrepareOptions {
  replay?: ReplayOptions | undefined
  /** Keep a few items of each dataset, for a preflight. Default: false. */
  sample?: boolean
}

/**
 * @throws {InsideLLMsError} for everything that would go wrong later and can be known now: an unknown type, a missing
 *   key, a missing or torn dataset, an item without its fields.
 */
export async function prepareRun(
  loaded: LoadedConfig,
  registry: PluginRegistry,
  { replay, sample = false }: PrepareOptions = {},
): Promise<PreparedRun> {
  const { config, directory } = loaded
  const parts = await resolveParts(loaded, registry, replay)
  try {
    const [datasets, surroundings] = await Promise.all([
      prepareDatasets(config, loaded.shown as unknown as RunConfig, parts.probes, directory, registry, sample),
      readSurroundings(directory),
    ])
    const experiments = planExperiments(parts, config, datasets)
    const last = experiments.at(-1)!
    return {
      ...parts,
      runId: runIdOf(datasets.shown),
      config,
      shown: datasets.shown,
      datasets: datasets.datasets,
      experiments,
      total: last.first + last.dataset.items * config.repeats,
      directory,
      surroundings,
    }
  } catch (error) {
    await closeModels([...parts.models, ...parts.judges])
    throw error
  }
}

/** Every model under every probe, in the order of their records. */
function planExperiments(
  { models, probes }: ResolvedParts,
  { generation, repeats }: RunConfig,
  datasets: PreparedDatasets,
): Experiment[] {
  const experiments: Experiment[] = []
  let first = 0
  for (const model of models)
    for (const probe of probes) {
      const dataset = datasets.of(probe)
      const options = mergeOptions(model.entry, generation, probe.entry)
      experiments.push({ index: experiments.length, model, probe, dataset, first, options })
      first += dataset.items * repeats
    }
  return experiments
}

/** The part of a shown config that makes a run: what is asked, not how fast, with what title or where it is written. */
export function identityOf(shown: JsonObject): JsonObject {
  const {
    concurrency: _concurrency,
    outputDir: _outputDir,
    plugins: _plugins,
    reportTitle: _reportTitle,
    confidenceLevel: _confidenceLevel,
    ...asked
  } = shown
  return asked
}

function runIdOf(shown: JsonObject): string {
  return sha256(canonicalJson({ config: identityOf(shown), schema: schemaVersion })).slice(0, 32)
}

import { InsideLLMsError, type JsonObject, type PluginRegistry } from '@insidellms/core'
import { schemaVersion } from '../artifacts/schema-version.ts'
import { readSurroundings } from '../artifacts/surroundings.ts'
import { canonicalJson } from '../canonical-json.ts'
import type { RunConfig } from '../config/config-schema.ts'
import type { LoadedConfig } from '../config/load-config.ts'
import type { DatasetSource } from '../datasets/dataset-source.ts'
import { inspectDataset } from '../datasets/inspect-dataset.ts'
import { openDataset } from '../datasets/open-dataset.ts'
import { sha256 } from '../sha256.ts'
import { closeModels, type ReplayOptions, type ResolvedParts, resolveParts } from './resolve-parts.ts'

/** A run whose every part has been made and checked, before anything is asked or written. */
export interface PreparedRun extends ResolvedParts {
  runId: string
  config: RunConfig
  /** As artifacts show it, with the dataset's hash. */
  shown: JsonObject
  source: DatasetSource
  /** The source's state when it was hashed. */
  sourceState: string | undefined
  /** `dataset` of records and manifest. */
  dataset: JsonObject
  /** Items of the dataset that are used. */
  items: number
  /** Records that the run will have. */
  total: number
  /** Where the config's relative paths start. */
  directory: string
  /** Commit and lockfile, for the manifest. */
  surroundings: JsonObject
}

/**
 * @throws {InsideLLMsError} for everything that would go wrong later and can be known now: an unknown type, a missing
 *   key, a missing or torn dataset, an item without its fields.
 */
export async function prepareRun(
  loaded: LoadedConfig,
  registry: PluginRegistry,
  replay?: ReplayOptions,
): Promise<PreparedRun> {
  const { config, directory } = loaded
  const parts = await resolveParts(loaded, registry, replay)
  try {
    const { source, format, id } = await openDataset(config.dataset, directory, registry)
    const probes = parts.probes.map(({ probe }) => probe)
    const [{ hash, count, state }, surroundings] = await Promise.all([
      inspectDataset(source, probes, config.maxExamples),
      readSurroundings(directory),
    ])
    const expected = config.dataset.hash
    if (expected !== undefined && hash !== `sha256:${expected.replace('sha256:', '')}`)
      throw new InsideLLMsError(
        'config',
        `The dataset ${source.label} has changed: its hash is ${hash}, the config asks for ${expected}.`,
      )
    const section: JsonObject = { ...(loaded.shown['dataset'] as JsonObject), format, hash }
    const shown = { ...loaded.shown, dataset: section }
    return {
      ...parts,
      runId: runIdOf(shown),
      config,
      shown,
      source,
      sourceState: state,
      dataset: {
        dataset_hash: hash,
        dataset_id: id,
        dataset_version: config.dataset.version ?? null,
        params: section,
        provenance: config.dataset.provenance ?? format,
      },
      items: count,
      total: parts.experiments.length * count * config.repeats,
      directory,
      surroundings,
    }
  } catch (error) {
    await closeModels([...parts.models, ...parts.judges])
    throw error
  }
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

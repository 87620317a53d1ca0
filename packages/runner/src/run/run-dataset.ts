import { InsideLLMsError, type JsonObject, type JsonValue, type PluginRegistry, type Probe } from '@insidellms/core'
import { canonicalJson } from '../canonical-json.ts'
import type { DatasetEntry, RunConfig } from '../config/config-schema.ts'
import type { DatasetSource } from '../datasets/dataset-source.ts'
import { inspectDataset } from '../datasets/inspect-dataset.ts'
import { openDataset } from '../datasets/open-dataset.ts'
import { ItemSample } from '../preflight/item-sample.ts'
import type { RunProbe } from './experiment.ts'

/** A dataset of a run, read through once. */
export interface RunDataset {
  source: DatasetSource
  /** The source's state when it was hashed. */
  sourceState: string | undefined
  /** `dataset` of records and manifest. */
  facts: JsonObject
  /** Its files with their hashes, where they are not the one that the config names. */
  files?: JsonObject[]
  /** Items that are used. */
  items: number
  /** A few of its items, where they were asked for. */
  sample?: ItemSample
}

export interface PreparedDatasets {
  /** Each once, in the order of the probes. */
  datasets: RunDataset[]
  of(probe: RunProbe): RunDataset
  /** The config as artifacts show it, with each dataset's format and hash. */
  shown: JsonObject
}

/**
 * Opens and reads what a run's probes ask. Probes with the same dataset share it.
 *
 * @param shown The config without secrets.
 * @param sample Keep a few items of each.
 * @throws {InsideLLMsError} `config`: a dataset that is missing, torn or empty, that has another hash than asked for, or
 *   that lacks a field which its probe needs.
 */
export async function prepareDatasets(
  config: RunConfig,
  shown: RunConfig,
  probes: readonly RunProbe[],
  directory: string,
  registry: PluginRegistry,
  sample: boolean = false,
): Promise<PreparedDatasets> {
  const keyOf = (probe: RunProbe): string => canonicalJson((probe.entry.dataset ?? config.dataset) as JsonObject)
  const prepared = new Map<string, RunDataset>()
  for (const [index, probe] of probes.entries()) {
    const key = keyOf(probe)
    if (prepared.has(key)) continue
    const entry = (probe.entry.dataset ?? config.dataset)!
    const shownEntry = (shown.probes[index]!.dataset ?? shown.dataset) as JsonObject
    const asking = probes.filter((other) => keyOf(other) === key).map((other) => other.probe)
    prepared.set(key, await prepareDataset(entry, shownEntry, asking, config.maxExamples, directory, registry, sample))
  }
  const of = (probe: RunProbe): RunDataset => prepared.get(keyOf(probe))!
  const section = (probe: RunProbe): JsonValue => of(probe).facts['params']!
  const shared = probes.find(({ entry }) => entry.dataset === undefined)
  return {
    datasets: [...prepared.values()],
    of,
    shown: {
      ...(shown as unknown as JsonObject),
      ...(shared && { dataset: section(shared) }),
      probes: shown.probes.map((entry, index) => ({
        ...(entry as JsonObject),
        ...(entry.dataset && { dataset: section(probes[index]!) }),
      })),
    },
  }
}

async function prepareDataset(
  entry: DatasetEntry,
  shownEntry: JsonObject,
  probes: readonly Probe[],
  maxExamples: number | undefined,
  directory: string,
  registry: PluginRegistry,
  wantsSample: boolean,
): Promise<RunDataset> {
  const { source, format, id, revision } = await openDataset(entry, directory, registry)
  const sample = wantsSample ? new ItemSample() : undefined
  const { hash, files, count, state } = await inspectDataset(
    sample?.watch(source, maxExamples) ?? source,
    probes,
    maxExamples,
  )
  if (entry.hash !== undefined && hash !== `sha256:${entry.hash.replace('sha256:', '')}`)
    throw new InsideLLMsError(
      'config',
      `The dataset ${source.label} has changed: its hash is ${hash}, the config asks for ${entry.hash}.`,
    )
  return {
    source,
    sourceState: state,
    facts: {
      dataset_hash: hash,
      dataset_id: id,
      dataset_version: entry.version ?? revision ?? null,
      params: { ...shownEntry, format, hash, ...(revision !== undefined && { revision }) },
      provenance: entry.provenance ?? format,
    },
    ...(files && { files }),
    items: count,
    ...(sample && { sample }),
  }
}

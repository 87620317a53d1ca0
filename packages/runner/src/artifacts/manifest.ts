import type { JsonObject, JsonValue, PluginRegistry } from '@insidellms/core'
import { canonicalJson } from '../canonical-json.ts'
import type { RunConfig } from '../config/config-schema.ts'
import type { PreflightFinding } from '../preflight/finding.ts'
import type { Experiment, RunModel, RunProbe } from '../run/experiment.ts'
import type { LoadedModule } from '../run/load-module.ts'
import type { RunDataset } from '../run/run-dataset.ts'
import { sha256 } from '../sha256.ts'
import { modelSpec, probeSpec } from './record.ts'
import { schemaVersion } from './schema-version.ts'
import type { ServedModels } from './served-models.ts'
import type { StatusCounts } from './summary.ts'
import type { SyntheticTime } from './synthetic-time.ts'
import { readVersions } from './versions.ts'

export interface ManifestFacts {
  runId: string
  time: SyntheticTime
  config: RunConfig
  datasets: readonly RunDataset[]
  models: readonly RunModel[]
  judges: readonly RunModel[]
  probes: readonly RunProbe[]
  experiments: readonly Experiment[]
  modules: readonly LoadedModule[]
  registry: PluginRegistry
  /** `git` and `lockfile`. */
  surroundings: JsonObject
  /** Where the config's relative paths start, seen from the run directory. */
  configDirectory: string
  /** What was said of its models before it began. */
  findings: readonly PreflightFinding[]
  /** Whether recorded calls answer and nobody else: the plugins of its models are then not there. */
  replayed: boolean
  /** Records that the run will have when it is done. */
  expected: number
}

/** How far the run has come. */
export interface ManifestState {
  completed: boolean
  counts: StatusCounts
  served: ServedModels
  /** SHA-256 of the finished files, by name. */
  digests: Record<string, string>
}

/** manifest.json: the Python original's fields, and ours under `custom`. It holds no time but synthetic ones. */
export function buildManifest(facts: ManifestFacts, state: ManifestState): JsonObject {
  const { runId, time, config, datasets, models, probes, experiments } = facts
  const dataset = datasetFacts(datasets)
  const versions = readVersions()
  const { counts } = state
  const records = counts.success + counts.error + counts.timeout + counts.rate_limited
  const single = experiments.length === 1 ? experiments[0] : undefined
  return {
    command: null,
    completed_at: time.at(2 * records + 1),
    created_at: time.at(0),
    custom: {
      ...facts.surroundings,
      config_directory: facts.configDirectory,
      dataset_items: datasets.reduce((sum, { items }) => sum + items, 0),
      ...(datasets.length === 1 && datasets[0]!.files && { dataset_files: datasets[0]!.files }),
      ...(datasets.length > 1 && {
        datasets: datasets.map((one) => ({
          ...one.facts,
          ...(one.files && { files: one.files }),
          items: one.items,
          probes: unique(experiments.filter((each) => each.dataset === one).map(({ probe }) => probe.label)),
        })),
      }),
      digests: state.digests,
      expected_records: facts.expected,
      harness: {
        dataset,
        experiment_count: experiments.length,
        max_examples: config.maxExamples ?? null,
        models: models.map(({ label, entry }) => ({ label, type: entry.type })),
        probes: probes.map(({ label, entry }) => ({ label, type: entry.type })),
      },
      ...(facts.judges.length > 0 && { judges: facts.judges.map((judge) => modelFacts(judge, state.served)) }),
      models: models.map((model) => modelFacts(model, state.served)),
      ...(facts.findings.length > 0 && {
        preflight: facts.findings.map(({ kind, model, message }) => ({ kind, message, model })),
      }),
      plugins: [...pluginFacts(facts), ...facts.modules.map(({ type, sha256 }) => ({ entry: type, sha256 }))],
      probes: probes.map(({ label, entry, probe }) => ({ label, type: entry.type, version: probe.version })),
      repeats: config.repeats,
      ...(facts.replayed && { replayed: true }),
      status_counts: { ...counts },
      timeout_count: counts.timeout,
      versions: { ...versions },
    },
    dataset,
    error_count: counts.error,
    library_version: versions.core,
    model:
      single === undefined
        ? {
            model_id: 'harness',
            params: { model_count: models.length, models: models.map(({ entry }) => entry.type) },
            provider: 'insidellms',
          }
        : modelSpec(single),
    platform: null,
    probe:
      single === undefined
        ? {
            params: { probe_count: probes.length, probes: probes.map(({ entry }) => entry.type) },
            probe_id: 'harness',
            probe_version: null,
          }
        : probeSpec(single),
    python_version: null,
    record_count: records,
    records_file: 'records.jsonl',
    run_completed: state.completed,
    run_id: runId,
    schema_version: schemaVersion,
    schemas: { ResultRecord: schemaVersion, RunManifest: schemaVersion },
    started_at: time.at(0),
    success_count: counts.success,
  }
}

function modelFacts(model: RunModel, served: ServedModels): JsonObject {
  const { label, entry, shownArgs } = model
  return { args: shownArgs, info: modelSpec({ model })['params']!, label, type: entry.type, ...served.of(label) }
}

/** Several datasets are one in the original's schema: their names together, and the hash of their hashes. */
function datasetFacts(datasets: readonly RunDataset[]): JsonObject {
  if (datasets.length === 1) return datasets[0]!.facts
  const all = (field: string): JsonValue[] => datasets.map(({ facts }) => facts[field]!)
  return {
    dataset_hash: `sha256:${sha256(canonicalJson(all('dataset_hash')))}`,
    dataset_id: all('dataset_id').join(' + '),
    dataset_version: null,
    params: { dataset_count: datasets.length },
    provenance: 'insidellms',
  }
}

function unique(labels: string[]): string[] {
  return [...new Set(labels)]
}

/** The plugins that the run's models, probes and datasets come from. */
function pluginFacts({ registry, models, judges, probes, datasets }: ManifestFacts): JsonObject[] {
  const used = {
    models: new Set([...models, ...judges].map(({ entry }) => entry.type.split(':')[0]!)),
    probes: new Set(probes.map(({ entry }) => entry.type)),
    datasets: new Set(datasets.map(({ facts }) => String((facts['params'] as JsonObject)['format']))),
  }
  return registry
    .plugins()
    .filter(({ state }) => state === 'loaded')
    .filter(({ provides }) =>
      (['models', 'probes', 'datasets'] as const).some((kind) => provides[kind].some((name) => used[kind].has(name))),
    )
    .map(({ name, version, apiVersion, entry, sha256 }) => ({
      name,
      ...(version !== undefined && { version }),
      ...(apiVersion !== undefined && { api_version: apiVersion }),
      ...(entry !== undefined && { entry }),
      ...(sha256 !== undefined && { sha256 }),
    }))
}

import {
  InsideLLMsError,
  type JsonObject,
  type Model,
  type PluginRegistry,
  type Probe,
  rateLimit,
} from '@insidellms/core'
import type { ModelEntry } from '../config/config-schema.ts'
import type { LoadedConfig } from '../config/load-config.ts'
import { RecordedModel } from '../replay/recorded-model.ts'
import type { ReplaySource } from '../replay/replay-source.ts'
import type { Experiment, RunModel, RunProbe } from './experiment.ts'
import { isModulePath, loadModel, type LoadedModule, loadProbe } from './load-module.ts'
import { mergeOptions, splitArguments } from './merge-options.ts'

/** Answers from a run's calls instead of from its models. */
export interface ReplayOptions {
  source: ReplaySource
  /** Ask what was not recorded. */
  allowNew: boolean
}

/** The models and probes of a config, made. */
export interface ResolvedParts {
  models: RunModel[]
  probes: RunProbe[]
  experiments: Experiment[]
  modules: LoadedModule[]
}

/**
 * Makes every model and probe of a config, so that an unknown type or a missing key ends a run before it begins.
 *
 * @throws {InsideLLMsError} what the registry or a factory throws, with the place in the config in front.
 */
export async function resolveParts(
  { config, shown, directory }: LoadedConfig,
  registry: PluginRegistry,
  replay?: ReplayOptions,
): Promise<ResolvedParts> {
  const modules: LoadedModule[] = []
  const models: RunModel[] = []
  const probes: RunProbe[] = []
  try {
    for (const [index, entry] of config.probes.entries())
      await at('probe', index, config.probes.length, async () => {
        const probe = await makeProbe(entry.type, entry.args, directory, registry, modules)
        probes.push({ label: uniqueLabel(entry.name ?? probe.name, probes), entry, probe })
      })
    for (const [index, entry] of config.models.entries())
      await at('model', index, config.models.length, async () => {
        const { args } = (shown['models'] as unknown as ModelEntry[])[index]!
        const model =
          replay?.allowNew === false
            ? recordedModel(entry, args as JsonObject, replay.source)
            : await makeModel(entry, directory, registry, modules)
        const info = model.info()
        models.push({ label: uniqueLabel(entry.name ?? info.modelId, models), entry, info, model })
      })
  } catch (error) {
    await closeModels(models)
    throw error
  }
  const experiments = models.flatMap((model) => probes.map((probe) => ({ model, probe })))
  return {
    models,
    probes,
    modules,
    experiments: experiments.map(({ model, probe }, index) => ({
      index,
      model,
      probe,
      options: mergeOptions(model.entry, config.generation, probe.entry),
    })),
  }
}

/** Its provider need not be installed, nor its key be set. */
function recordedModel(entry: ModelEntry, args: JsonObject, source: ReplaySource): Model {
  const facts = source.model(entry, args)
  if (facts !== undefined) return new RecordedModel(facts.info)
  throw new InsideLLMsError(
    'not_found',
    `the run in ${source.directory} has no model of type ${entry.type}, so nothing can be replayed. Replay with allowNew to ask it.`,
  )
}

export async function closeModels(models: readonly RunModel[]): Promise<void> {
  await Promise.allSettled(models.map(({ model }) => model.close()))
}

async function makeModel(
  entry: ModelEntry,
  directory: string,
  registry: PluginRegistry,
  modules: LoadedModule[],
): Promise<Model> {
  const { settings } = splitArguments(entry)
  const { requestsPerMinute, tokensPerMinute } = entry.rateLimit ?? {}
  const limit = {
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
    ...(tokensPerMinute !== undefined && { tokensPerMinute }),
  }
  const all = entry.rateLimit === undefined ? settings : { ...settings, middleware: [rateLimit(limit)] }
  if (!isModulePath(entry.type)) return registry.models.get(entry.type, all)
  const { model, module } = await loadModel(entry.type, directory, all)
  modules.push(module)
  return model
}

async function makeProbe(
  type: string,
  settings: Record<string, unknown>,
  directory: string,
  registry: PluginRegistry,
  modules: LoadedModule[],
): Promise<Probe> {
  if (!isModulePath(type)) return registry.probes.get(type, settings)
  const { probe, module } = await loadProbe(type, directory, settings)
  modules.push(module)
  return probe
}

/** Two models of one harness may have one id, at two temperatures say; each needs its own name in the records. */
function uniqueLabel(wanted: string, taken: readonly { label: string }[]): string {
  let label = wanted
  for (let number = 2; taken.some((other) => other.label === label); number++) label = `${wanted} (${number})`
  return label
}

async function at(kind: 'model' | 'probe', index: number, count: number, make: () => Promise<void>): Promise<void> {
  try {
    await make()
  } catch (error) {
    const place = count === 1 ? kind : `${kind}s[${index}]`
    if (InsideLLMsError.isInstance(error))
      throw new InsideLLMsError(error.code, `${place}: ${error.message}`, { ...error, cause: error })
    throw new InsideLLMsError('load_failed', `${place}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

import {
  InsideLLMsError,
  type JsonObject,
  type JsonValue,
  type Middleware,
  type Model,
  type PluginRegistry,
  type Probe,
  rateLimit,
} from '@insidellms/core'
import { judgesSchema, type ModelEntry, type ProbeEntry } from '../config/config-schema.ts'
import type { LoadedConfig } from '../config/load-config.ts'
import { RecordedModel } from '../replay/recorded-model.ts'
import type { ReplaySource } from '../replay/replay-source.ts'
import type { RunModel, RunProbe } from './experiment.ts'
import { askedModel } from './item-calls.ts'
import { JudgeModel } from './judge-model.ts'
import { isModulePath, loadModel, type LoadedModule, loadProbe } from './load-module.ts'
import { splitArguments } from './merge-options.ts'

/** Answers from a run's calls instead of from its models. */
export interface ReplayOptions {
  source: ReplaySource
  /** Ask what was not recorded. */
  allowNew: boolean
}

/** The models and probes of a config, made. */
export interface ResolvedParts {
  models: RunModel[]
  /** Models that probes grade answers with. */
  judges: RunModel[]
  probes: RunProbe[]
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
  const makers = new PartMaker(directory, registry, replay)
  const models: RunModel[] = []
  const judges: RunModel[] = []
  const probes: RunProbe[] = []
  try {
    for (const [index, entry] of config.models.entries())
      await at('model', index, config.models.length, async () => {
        const { args } = (shown['models'] as unknown as ModelEntry[])[index]!
        models.push(await makers.model(entry, args as JsonObject, '', models))
      })
    for (const [index, entry] of config.probes.entries())
      await at('probe', index, config.probes.length, async () => {
        const { args } = (shown['probes'] as unknown as ProbeEntry[])[index]!
        const own = await makers.judges(entry.args['judge'], args['judge'] as JsonValue | undefined, judges)
        judges.push(...own)
        const probe = await makers.probe(entry, own)
        probes.push({ label: uniqueLabel(entry.name ?? probe.name, probes), entry, probe, judges: own })
      })
  } catch (error) {
    await closeModels([...models, ...judges])
    throw error
  }
  return { models, judges, probes, modules: makers.modules }
}

export async function closeModels(models: readonly RunModel[]): Promise<void> {
  await Promise.allSettled(models.map(({ model }) => model.close()))
}

/** Makes the parts of one config. */
class PartMaker {
  readonly modules: LoadedModule[] = []
  readonly #directory: string
  readonly #registry: PluginRegistry
  readonly #replay: ReplayOptions | undefined

  constructor(directory: string, registry: PluginRegistry, replay: ReplayOptions | undefined) {
    this.#directory = directory
    this.#registry = registry
    this.#replay = replay
  }

  /** @param prefix Goes before the label, so that a judge is never taken for the model of that name. */
  async model(entry: ModelEntry, shownArgs: JsonObject, prefix: string, taken: readonly RunModel[]): Promise<RunModel> {
    const model =
      this.#replay?.allowNew === false
        ? recordedModel(entry, shownArgs, this.#replay.source)
        : await this.#liveModel(entry)
    const info = model.info()
    return { label: uniqueLabel(`${prefix}${entry.name ?? info.modelId}`, taken), entry, shownArgs, info, model }
  }

  /** The models that a probe's `judge` names. */
  async judges(given: unknown, shown: JsonValue | undefined, taken: readonly RunModel[]): Promise<RunModel[]> {
    if (given === undefined) return []
    const entries = [judgesSchema.parse(given)].flat()
    const shownEntries = [judgesSchema.parse(shown)].flat()
    const judges: RunModel[] = []
    for (const [index, entry] of entries.entries())
      judges.push(await this.model(entry, shownEntries[index]!.args as JsonObject, 'judge ', [...taken, ...judges]))
    return judges
  }

  async probe({ type, args }: ProbeEntry, judges: readonly RunModel[]): Promise<Probe> {
    const models = judges.map((judge) => {
      const { options } = splitArguments(judge.entry)
      return new JudgeModel(askedModel(judge, { onUnsupported: 'error', ...options }, true))
    })
    const settings = models.length === 0 ? args : { ...args, judge: models }
    if (!isModulePath(type)) return this.#registry.probes.get(type, settings)
    const { probe, module } = await loadProbe(type, this.#directory, settings)
    this.modules.push(module)
    return probe
  }

  async #liveModel(entry: ModelEntry): Promise<Model> {
    const { settings } = splitArguments(entry)
    const all = entry.rateLimit === undefined ? settings : { ...settings, middleware: [limiter(entry.rateLimit)] }
    if (!isModulePath(entry.type)) return this.#registry.models.get(entry.type, all)
    const { model, module } = await loadModel(entry.type, this.#directory, all)
    this.modules.push(module)
    return model
  }
}

function limiter({ requestsPerMinute, tokensPerMinute }: NonNullable<ModelEntry['rateLimit']>): Middleware {
  return rateLimit({
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
    ...(tokensPerMinute !== undefined && { tokensPerMinute }),
  })
}

/** Its provider need not be installed, nor its key be set. */
function recordedModel(entry: ModelEntry, args: JsonObject, source: ReplaySource): Model {
  const facts = source.model(entry, args)
  if (facts !== undefined) return new RecordedModel(facts.info)
  throw new InsideLLMsError(
    'not_found',
    `the run in ${source.directory} has no model of type ${entry.type}, so nothing can be replayed. Replay with allowNew (--allow-new) to ask it.`,
  )
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

import type { ModelInfo, PluginRegistry } from '@insidellms/core'
import type { ConfigFile } from '../config/config-schema.ts'
import { isLoadedConfig, type LoadedConfig, parseConfig } from '../config/load-config.ts'
import type { Experiment, RunModel } from '../run/experiment.ts'
import { prepareRegistry } from '../run/prepare-registry.ts'
import { type PreparedRun, prepareRun } from '../run/prepare-run.ts'
import { closeModels } from '../run/resolve-parts.ts'
import { type CallEstimate, CallTally } from './call-tally.ts'
import type { CatalogueFacts, PreflightFinding } from './finding.ts'
import { inspectModels } from './inspect-models.ts'
import { loadPriceCatalogue, type PriceCatalogue } from './price-catalogue.ts'
import { type RehearsedCall, rehearseItem } from './rehearse-item.ts'
import { day, loadRetirementCatalogue } from './retirement-catalogue.ts'

/** What a run would ask of one model. */
export interface ModelPlan extends CallEstimate {
  label: string
  provider: string
  modelId: string
  judge: boolean
  /** Tokens that prompt and answer may take together; null when unknown. */
  window: number | null
  /** US dollars for the prompts alone, and with every answer as long as it may be. Absent when unknown, which is not 0. */
  cost?: { prompts: number; atMost?: number }
}

export interface PreflightReport {
  /** Records that the run will have. */
  records: number
  models: ModelPlan[]
  findings: PreflightFinding[]
  /** What is known of prices, and of dates of retirement where the project has a catalogue of them. */
  catalogues: { prices: CatalogueFacts; retirements?: CatalogueFacts }
  /** YYYY-MM-DD: how old the catalogues are, counts from here. */
  today: string
}

export interface PreflightOptions {
  /** Where models, probes and datasets come from. Default: the built-in probes and the project's plugins. */
  registry?: PluginRegistry
  /** Where a catalogue of retirement dates is looked for. Default: the working directory. */
  project?: string
}

/**
 * Says what a run would ask, and what speaks against asking it, without a request to any model: every part of the config is
 * made, the datasets are read, and each probe runs on a few items with made-up answers.
 *
 * @throws {InsideLLMsError} what `run` would throw before its first request: a missing key, a torn dataset ...
 */
export async function preflightRun(
  given: LoadedConfig | ConfigFile,
  options: PreflightOptions = {},
): Promise<PreflightReport> {
  const loaded = isLoadedConfig(given) ? given : parseConfig(given)
  const { project = process.cwd() } = options
  const registry = options.registry ?? (await prepareRegistry(loaded, { project }))
  const prepared = await prepareRun(loaded, registry, { sample: true })
  try {
    return await preflight(prepared, project)
  } finally {
    await closeModels([...prepared.models, ...prepared.judges])
  }
}

/** @param prepared With samples of its datasets. */
export async function preflight(prepared: PreparedRun, project: string): Promise<PreflightReport> {
  const today = day(new Date())
  const [prices, retirements] = await Promise.all([loadPriceCatalogue(today), loadRetirementCatalogue(project, today)])
  const models = [...prepared.models, ...prepared.judges]
  const tallies = new Map(models.map(({ label }) => [label, new CallTally()]))
  for (const experiment of prepared.experiments) await rehearse(experiment, prepared.config.repeats, tallies)
  const plans = models.map((model, index) =>
    planOf(model, index >= prepared.models.length, tallies.get(model.label)!.estimate(), prices),
  )
  return {
    records: prepared.total,
    models: plans,
    findings: [...inspectModels(models, { today, retirements, prices }), ...plans.flatMap(windowFinding)],
    catalogues: { prices: factsOf(prices), ...(retirements && { retirements: factsOf(retirements) }) },
    today,
  }
}

/** What can be said of a run's models from their names, at no cost: every run is told. */
export async function inspectPreparedModels(prepared: PreparedRun, project: string): Promise<PreflightFinding[]> {
  const today = day(new Date())
  const retirements = await loadRetirementCatalogue(project, today)
  return inspectModels([...prepared.models, ...prepared.judges], { today, retirements })
}

async function rehearse(
  experiment: Experiment,
  repeats: number,
  tallies: ReadonlyMap<string, CallTally>,
): Promise<void> {
  const { sample, items } = experiment.dataset
  const { label } = experiment.model
  const labels = [label, ...experiment.probe.judges.map((judge) => judge.label)]
  const sampled = sample?.items ?? []
  const share = (items * repeats) / Math.max(1, sampled.length)
  const calls: RehearsedCall[][] = []
  for (const one of sampled) calls.push(await rehearseItem(experiment, one))
  for (const name of labels)
    tallies.get(name)!.add(
      calls.map((made) => made.filter(({ model }) => model === name)),
      share,
    )
  if (sample?.longest === undefined) return
  for (const call of await rehearseItem(experiment, sample.longest)) tallies.get(call.model)?.see(call)
}

function planOf({ label, info }: RunModel, judge: boolean, estimate: CallEstimate, prices: PriceCatalogue): ModelPlan {
  const { provider, modelId } = info
  const window = info.maxTokens ?? prices.windowOf(info) ?? null
  const cost = costOf(info, estimate, prices)
  return { label, provider, modelId, judge, window, ...estimate, ...(cost && { cost }) }
}

/** Prices may rise with the length of a prompt, so that one call of average length is priced. */
function costOf(info: ModelInfo, estimate: CallEstimate, prices: PriceCatalogue): ModelPlan['cost'] {
  const { calls, inputTokens, outputAtMost } = estimate
  if (calls === undefined || inputTokens === undefined || calls === 0) return undefined
  const perCall = (output: number): number | undefined =>
    prices.price(info, { input: Math.round(inputTokens / calls), output: Math.round(output / calls) })
  const prompts = perCall(0)
  if (prompts === undefined) return undefined
  const atMost = outputAtMost === undefined ? undefined : perCall(outputAtMost)
  return { prompts: prompts * calls, ...(atMost !== undefined && { atMost: atMost * calls }) }
}

function windowFinding({ label, modelId, window, longest }: ModelPlan): PreflightFinding[] {
  if (window === null || longest === undefined) return []
  const { inputTokens, outputAtMost = 0, estimated } = longest
  if (inputTokens + outputAtMost <= window) return []
  const answer = outputAtMost === 0 ? '' : ` and ${outputAtMost} for the answer`
  const message = `${modelId}: the longest prompt needs ${estimated ? 'about ' : ''}${inputTokens} tokens${answer}, and its window has ${window}.`
  return [{ kind: 'window', model: label, message, refused: true }]
}

function factsOf({ name, version, newest }: CatalogueFacts): CatalogueFacts {
  return { name, version, ...(newest !== undefined && { newest }) }
}

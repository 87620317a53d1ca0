import { type DatasetItem, type GenerateOptions, InsideLLMsError, type ProbeResult } from '@insidellms/core'
import type { ItemRecord, RecordBuilder } from '../artifacts/record.ts'
import { canonicalJson } from '../canonical-json.ts'
import { type CallContext, ItemModel, type Recall } from './item-model.ts'
import { optionsText } from './call-request.ts'
import type { Experiment, Task } from './experiment.ts'
import { optionsOfRepeat } from './merge-options.ts'

/** What came of a task. */
export interface FinishedTask extends ItemRecord {
  model: ItemModel
}

/** Runs tasks one by one; the same for a local run and for a worker elsewhere. */
export class ItemRunner {
  readonly #records: RecordBuilder
  readonly #signal: AbortSignal
  readonly #log: (line: string) => void
  readonly #recall: Recall | undefined
  readonly #contexts = new Map<string, CallContext>()

  constructor(records: RecordBuilder, signal: AbortSignal, log: (line: string) => void, recall?: Recall) {
    this.#records = records
    this.#signal = signal
    this.#log = log
    this.#recall = recall
  }

  /** An error of the model or the probe is the item's result. Undefined when the run ended before the item was done. */
  async run(task: Task): Promise<FinishedTask | undefined> {
    const { experiment, exampleId, itemIndex, repeat } = task
    const context = this.#contextOf(experiment, repeat)
    const model = new ItemModel(context, {
      model: experiment.model.label,
      probe: experiment.probe.label,
      exampleId,
      itemIndex,
      repeat,
    })
    const build = (outcome: { result: ProbeResult } | { error: unknown }): ItemRecord =>
      this.#records.build(task, outcome, model.requests, model.responses, context.options.seed)
    let record: ItemRecord
    try {
      const result = await experiment.probe.probe.run(model, task.item as DatasetItem)
      if (model.interrupted) return undefined
      record = build({ result: checkResult(result, experiment) })
    } catch (error) {
      if (model.interrupted) return undefined
      record = build({ error })
    }
    return { ...record, model }
  }

  #contextOf(experiment: Experiment, repeat: number): CallContext {
    const key = `${experiment.index}/${repeat}`
    let context = this.#contexts.get(key)
    if (context === undefined) {
      const { model } = experiment
      const options: GenerateOptions = { ...optionsOfRepeat(experiment.options, repeat), signal: this.#signal }
      context = {
        model,
        modelIdentity: canonicalJson({ model_id: model.info.modelId, provider: model.info.provider }),
        options,
        optionsText: optionsText(options),
        signal: this.#signal,
        log: this.#log,
        ...(this.#recall !== undefined && { recall: this.#recall }),
      }
      this.#contexts.set(key, context)
    }
    return context
  }
}

/** A probe may be anybody's code: what it gives must fit into a record. */
function checkResult(result: ProbeResult, { probe }: Experiment): ProbeResult {
  const wrong = (what: string): InsideLLMsError =>
    new InsideLLMsError('invalid_response', `The probe ${probe.label} gave ${what}. Correct the probe.`)
  if (typeof result !== 'object' || result === null) throw wrong('no result')
  if (result.output === undefined) throw wrong('a result without output')
  for (const [name, score] of Object.entries(result.scores ?? {}))
    if (!Number.isFinite(score)) throw wrong(`the score ${name} = ${String(score)}, which is no finite number`)
  if (result.scores === undefined || !Object.hasOwn(result.scores, result.primaryMetric))
    throw wrong(`no score named ${JSON.stringify(result.primaryMetric)}, its primary metric`)
  return result
}

import { type DatasetItem, type GenerateOptions, InsideLLMsError, type ProbeResult } from '@insidellms/core'
import type { ItemRecord, RecordBuilder } from '../artifacts/record.ts'
import type { Experiment, Task } from './experiment.ts'
import { askedModel, type AskedModel, type CallContext, ItemCalls } from './item-calls.ts'
import { ItemModel } from './item-model.ts'
import { withinItem } from './judge-model.ts'
import { optionsOfRepeat } from './merge-options.ts'

/** What came of a task. */
export interface FinishedTask extends ItemRecord {
  calls: ItemCalls
}

/** Runs tasks one by one; the same for a local run and for a worker elsewhere. */
export class ItemRunner {
  readonly #records: RecordBuilder
  readonly #context: CallContext
  readonly #asked = new Map<string, AskedModel>()

  constructor(records: RecordBuilder, context: CallContext) {
    this.#records = records
    this.#context = context
  }

  /** An error of the model or the probe is the item's result. Undefined when the run ended before the item was done. */
  async run(task: Task): Promise<FinishedTask | undefined> {
    const { experiment, exampleId, itemIndex, repeat } = task
    const { probe, label, judges } = experiment.probe
    const asked = this.#askedModel(experiment, repeat)
    const calls = new ItemCalls(this.#context, {
      model: asked.label,
      probe: label,
      exampleId,
      itemIndex,
      repeat,
    })
    const model = new ItemModel(calls, asked)
    const item = task.item as DatasetItem
    let record: ItemRecord
    try {
      const result = await (judges.length === 0
        ? probe.run(model, item)
        : withinItem(calls, () => probe.run(model, item)))
      if (calls.interrupted) return undefined
      record = this.#records.build(task, { result: checkResult(result, experiment) }, calls.made, asked.options.seed)
    } catch (error) {
      if (calls.interrupted) return undefined
      record = this.#records.build(task, { error }, calls.made, asked.options.seed)
    }
    return { ...record, calls }
  }

  #askedModel(experiment: Experiment, repeat: number): AskedModel {
    const key = `${experiment.index}/${repeat}`
    let asked = this.#asked.get(key)
    if (asked === undefined) {
      const { signal } = this.#context
      const options: GenerateOptions = optionsOfRepeat(experiment.options, repeat)
      asked = askedModel(experiment.model, signal === undefined ? options : { ...options, signal })
      this.#asked.set(key, asked)
    }
    return asked
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

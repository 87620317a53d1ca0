import { type DatasetItem, InsideLLMsError, type ProbeResult } from '@insidellms/core'
import type { ItemOutcome, ItemRecord, RecordBuilder } from '../artifacts/record.ts'
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
  readonly #signal: AbortSignal
  /** One per item under way: a hundred listeners on one signal would make every call look through them. */
  readonly #running = new Set<AbortController>()

  /** @param signal Ends the calls of every item. */
  constructor(records: RecordBuilder, context: CallContext, signal: AbortSignal) {
    this.#records = records
    this.#context = context
    this.#signal = signal
    signal.addEventListener('abort', () => {
      for (const controller of this.#running) controller.abort(signal.reason)
    })
  }

  /** An error of the model or the probe is the item's result. Undefined when the run ended before the item was done. */
  async run(task: Task): Promise<FinishedTask | undefined> {
    if (this.#signal.aborted) return undefined
    const { experiment, exampleId, itemIndex, repeat } = task
    const asked = this.#askedModel(experiment, repeat)
    const key = { model: asked.label, probe: experiment.probe.label, exampleId, itemIndex, repeat }
    const controller = new AbortController()
    const calls = new ItemCalls(this.#context, key, controller.signal)
    this.#running.add(controller)
    const outcome = await this.#outcome(task, new ItemModel(calls, asked), calls)
    this.#running.delete(controller)
    return calls.interrupted ? undefined : { ...this.#record(task, outcome, calls, asked), calls }
  }

  async #outcome({ experiment, item }: Task, model: ItemModel, calls: ItemCalls): Promise<ItemOutcome> {
    const { probe, judges } = experiment.probe
    const run = (): Promise<ProbeResult> => probe.run(model, item as DatasetItem)
    try {
      return { result: checkResult(await (judges.length === 0 ? run() : withinItem(calls, run)), experiment) }
    } catch (error) {
      return { error }
    }
  }

  #record(task: Task, outcome: ItemOutcome, calls: ItemCalls, { options }: AskedModel): ItemRecord {
    try {
      return this.#records.build(task, outcome, calls.made, options.seed)
    } catch (error) {
      // What the probe gave has no JSON form.
      return this.#records.build(task, { error }, calls.made, options.seed)
    }
  }

  #askedModel(experiment: Experiment, repeat: number): AskedModel {
    const key = `${experiment.index}/${repeat}`
    let asked = this.#asked.get(key)
    if (asked === undefined) {
      asked = askedModel(experiment.model, optionsOfRepeat(experiment.options, repeat))
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

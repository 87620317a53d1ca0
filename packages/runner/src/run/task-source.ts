import { InsideLLMsError } from '@insidellms/core'
import type { SourceItem } from '../datasets/dataset-source.ts'
import type { Experiment, Task } from './experiment.ts'

/**
 * Every task of a run in the order of its records: model by model, probe by probe, item by item, repeat by repeat. A
 * dataset is read again for each experiment, so that memory does not grow with it.
 */
export class TaskSource {
  readonly #experiments: readonly Experiment[]
  readonly #repeats: number
  #reader: AsyncIterator<SourceItem[]> | undefined
  #batch: SourceItem[] = []
  #at = 0
  #experiment: number
  #item: number
  #repeat: number
  #index: number
  /** Items of this reading that were done before. */
  #skip: number

  /** @param first The task to begin with. */
  constructor(experiments: readonly Experiment[], repeats: number, first = 0) {
    this.#experiments = experiments
    this.#repeats = repeats
    this.#index = first
    const at = experiments.findIndex((one) => first < one.first + one.dataset.items * repeats)
    this.#experiment = at < 0 ? experiments.length : at
    const within = at < 0 ? 0 : first - experiments[at]!.first
    this.#repeat = within % repeats
    this.#item = Math.floor(within / repeats)
    this.#skip = this.#item
  }

  get ended(): boolean {
    return this.#experiment === this.#experiments.length
  }

  /** The next task that is in memory already. Undefined: there is none left, or `refill` must read on. */
  next(): Task | undefined {
    if (this.#at === this.#batch.length || this.ended) return undefined
    const { item, position = this.#item } = this.#batch[this.#at]!
    const task: Task = {
      index: this.#index++,
      experiment: this.#experiments[this.#experiment]!,
      item,
      itemIndex: this.#item,
      exampleId: exampleId(item, position),
      repeat: this.#repeat,
    }
    this.#advance()
    return task
  }

  /** Reads on. */
  async refill(): Promise<void> {
    const { source } = this.#experiments[this.#experiment]!.dataset
    this.#reader ??= source.batches()[Symbol.asyncIterator]()
    const { done, value } = await this.#reader.next()
    if (done)
      throw new InsideLLMsError(
        'config',
        `The dataset ${source.label} became shorter while the run read it. Restore it, and resume the run.`,
      )
    this.#batch = value
    this.#at = Math.min(this.#skip, value.length)
    this.#skip -= this.#at
  }

  async close(): Promise<void> {
    const reader = this.#reader
    // First of all, or a refill that comes meanwhile would read on from the reader that is closing.
    this.#reader = undefined
    await reader?.return?.()
  }

  #advance(): void {
    if (++this.#repeat < this.#repeats) return
    this.#repeat = 0
    this.#at++
    if (++this.#item < this.#experiments[this.#experiment]!.dataset.items) return
    this.#item = 0
    this.#at = 0
    this.#batch = []
    this.#experiment++
    void this.close()
  }
}

/** The item's own id, else its place in the dataset: the same under every filter and sample. */
function exampleId(item: unknown, index: number): string {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return String(index)
  const { example_id: given, id } = item as { example_id?: unknown; id?: unknown }
  const own = given ?? id
  return (typeof own === 'string' && own !== '') || typeof own === 'number' ? String(own) : String(index)
}

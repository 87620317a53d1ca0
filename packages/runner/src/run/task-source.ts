import { InsideLLMsError } from '@insidellms/core'
import type { DatasetSource, SourceItem } from '../datasets/dataset-source.ts'
import type { Experiment, Task } from './experiment.ts'

/**
 * Every task of a run in the order of its records: model by model, probe by probe, item by item, repeat by repeat. The
 * dataset is read again for each experiment, so that memory does not grow with it.
 */
export class TaskSource {
  readonly #dataset: DatasetSource
  readonly #experiments: readonly Experiment[]
  readonly #count: number
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

  /**
   * @param count Items of the dataset to use.
   * @param first The task to begin with.
   */
  constructor(dataset: DatasetSource, experiments: readonly Experiment[], count: number, repeats: number, first = 0) {
    this.#dataset = dataset
    this.#experiments = experiments
    this.#count = count
    this.#repeats = repeats
    this.#index = first
    this.#repeat = first % repeats
    this.#item = Math.floor(first / repeats) % count
    this.#experiment = Math.floor(first / repeats / count)
    this.#skip = this.#item
  }

  get ended(): boolean {
    return this.#experiment === this.#experiments.length
  }

  /** The next task that is in memory already. Undefined: there is none left, or `refill` must read on. */
  next(): Task | undefined {
    if (this.#at === this.#batch.length || this.ended) return undefined
    const { item } = this.#batch[this.#at]!
    const task: Task = {
      index: this.#index++,
      experiment: this.#experiments[this.#experiment]!,
      item,
      itemIndex: this.#item,
      exampleId: exampleId(item, this.#item),
      repeat: this.#repeat,
    }
    this.#advance()
    return task
  }

  /** Reads on. */
  async refill(): Promise<void> {
    this.#reader ??= this.#dataset.batches()[Symbol.asyncIterator]()
    const { done, value } = await this.#reader.next()
    if (done)
      throw new InsideLLMsError(
        'config',
        `The dataset ${this.#dataset.label} became shorter while the run read it. Restore it, and resume the run.`,
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
    if (++this.#item < this.#count) return
    this.#item = 0
    this.#at = 0
    this.#batch = []
    this.#experiment++
    void this.close()
  }
}

/** The item's own id, else its place in the dataset. */
function exampleId(item: unknown, index: number): string {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return String(index)
  const { example_id: given, id } = item as { example_id?: unknown; id?: unknown }
  const own = given ?? id
  return (typeof own === 'string' && own !== '') || typeof own === 'number' ? String(own) : String(index)
}

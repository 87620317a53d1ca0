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
  #experiment = 0
  #item = 0
  #repeat = 0
  #index = 0

  /** @param count Items of the dataset to use. */
  constructor(dataset: DatasetSource, experiments: readonly Experiment[], count: number, repeats: number) {
    this.#dataset = dataset
    this.#experiments = experiments
    this.#count = count
    this.#repeats = repeats
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
    if (done) throw new Error(`The dataset ${this.#dataset.label} became shorter while it was read.`)
    this.#batch = value
    this.#at = 0
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

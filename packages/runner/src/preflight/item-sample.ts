import type { ByteListener, DatasetSource, SourceItem } from '../datasets/dataset-source.ts'

const mostItems = 32
/** Characters: items may be megabytes. */
const mostWeight = 1 << 22

export interface SampledItem {
  item: unknown
  /** Its place among the items that are used. */
  index: number
}

/**
 * A few items, evenly spaced over a dataset, and the longest one, taken while the dataset is read for its hash. The same
 * dataset gives the same sample.
 */
export class ItemSample {
  #kept: (SampledItem & { weight: number })[] = []
  #longest: (SampledItem & { weight: number }) | undefined
  #weight = 0
  #stride = 1
  #seen = 0

  /** The source, watched as it is read. @param limit Items that are used. */
  watch(source: DatasetSource, limit: number = Number.POSITIVE_INFINITY): DatasetSource {
    const add = (entries: SourceItem[]): void => {
      for (const { item } of entries) if (this.#seen < limit) this.#add(item)
    }
    async function* batches(onBytes?: ByteListener): AsyncGenerator<SourceItem[]> {
      for await (const batch of source.batches(onBytes)) {
        add(batch)
        yield batch
      }
    }
    return { ...source, batches }
  }

  get items(): readonly SampledItem[] {
    return this.#kept
  }

  get longest(): SampledItem | undefined {
    return this.#longest
  }

  #add(item: unknown): void {
    const index = this.#seen++
    const weight = textLength(item)
    if (this.#longest === undefined || weight > this.#longest.weight) this.#longest = { item, index, weight }
    if (index % this.#stride !== 0) return
    this.#kept.push({ item, index, weight })
    this.#weight += weight
    while (this.#kept.length > mostItems || (this.#weight > mostWeight && this.#kept.length > 1)) this.#thin()
  }

  #thin(): void {
    this.#stride *= 2
    this.#kept = this.#kept.filter(({ index }) => index % this.#stride === 0)
    this.#weight = this.#kept.reduce((sum, { weight }) => sum + weight, 0)
  }
}

/** Characters of all texts in a value. */
function textLength(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  let length = 0
  for (const inner of Object.values(value)) length += textLength(inner)
  return length
}

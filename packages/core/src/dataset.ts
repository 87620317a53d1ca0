import type { DatasetItem } from './probe.ts'

/** A source of items, read as a stream so that its size does not matter. */
export interface Dataset {
  /** Shown in records and manifests. */
  name: string
  /** Items in their order, the same on every call. */
  items(): AsyncIterable<DatasetItem>
}

import type { DatasetItem } from '@insidellms/core'

/** An item and where it stands. */
export interface SourceItem {
  item: DatasetItem
  /** The line of the file that it begins in, from 1; absent where there are no lines. */
  line?: number
}

/** A dataset as the runner reads it: in batches, so that handing over an item costs no promise. */
export interface DatasetSource {
  /** For messages: the path, or the dataset's name. */
  label: string
  /** All items in their order, the same on every call. `onBytes` gets every byte of the file, for its hash. */
  batches(onBytes?: (bytes: Uint8Array) => void): AsyncIterable<SourceItem[]>
  /** Changes when the file does; undefined where that cannot be told. */
  state(): Promise<string | undefined>
}

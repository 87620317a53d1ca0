import type { DatasetItem } from '@insidellms/core'

/** An item and where it stands. */
export interface SourceItem {
  item: DatasetItem
  /** The line of the file that it begins in, from 1; absent where there are no lines. */
  line?: number
  /** Its number within the file, from 1, where a line would not tell it. */
  row?: number
  /** The file, where the dataset has several. */
  file?: string
  /** Its place in the whole dataset, from 0, where only some of the items are used. */
  position?: number
}

/** Gets every byte of every file, each file from its first to its last byte. Files are counted from 0. */
export type ByteListener = (bytes: Uint8Array, file: number) => void

/** A dataset as the runner reads it: in batches, so that handing over an item costs no promise. */
export interface DatasetSource {
  /** For messages: the path, or the dataset's name. */
  label: string
  /** Its files in their order, where the label does not name the one that there is. */
  files?: readonly string[]
  /** All items in their order, the same on every call. `onBytes` is for the hash. */
  batches(onBytes?: ByteListener): AsyncIterable<SourceItem[]>
  /** Changes when the file does; undefined where that cannot be told. */
  state(): Promise<string | undefined>
}

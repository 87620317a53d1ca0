import type { DatasetSource, SourceItem } from './dataset-source.ts'

/**
 * Where an item stands, for messages: file and line, file and row, or the number of the item.
 *
 * @param index Its place among the items that are used, from 0.
 */
export function itemPlace({ line, row, file }: SourceItem, { label }: DatasetSource, index: number): string {
  const name = file ?? label
  if (line === undefined && row === undefined) return `${name}, item ${index + 1}`
  return `${name}${line === undefined ? '' : `:${line}`}${row === undefined ? '' : `, row ${row}`}`
}

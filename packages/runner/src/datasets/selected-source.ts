import { InsideLLMsError } from '@insidellms/core'
import type { DatasetEntry } from '../config/config-schema.ts'
import type { ByteListener, DatasetSource, SourceItem } from './dataset-source.ts'
import { itemPlace } from './item-place.ts'
import { RowFilter } from './row-filter.ts'
import { SampleChoice, sampleKey } from './sample-choice.ts'

/**
 * The rows of a source that a dataset's `filter` keeps and of these its `sample`, in their order. What is kept in memory
 * is, while the sample is drawn, a number per row of it.
 *
 * Reading throws `config`: a filter that fits no row, or fewer rows than the sample asks for.
 */
export function selectedSource(source: DatasetSource, { filter, sample }: DatasetEntry): DatasetSource {
  if (filter === undefined && sample === undefined) return source
  /** The sample, once it is drawn. */
  let largestKey: number | undefined

  async function* filtered(onBytes?: ByteListener): AsyncGenerator<SourceItem[], void, undefined> {
    const rows = filter && new RowFilter(filter)
    let position = 0
    let kept = 0
    for await (const batch of source.batches(onBytes)) {
      const keeps: SourceItem[] = []
      for (const entry of batch) {
        entry.position = position++
        if (rows === undefined || rows.keeps(entry, () => itemPlace(entry, source, entry.position!))) keeps.push(entry)
      }
      kept += keeps.length
      yield keeps
    }
    if (position > 0) rows?.checkFields(source.label)
    if (position > 0 && kept === 0)
      throw new InsideLLMsError('config', `The filter keeps no row of ${source.label}, which has ${position}.`)
  }

  /** Gives empty batches, so that whoever reads is not kept waiting for a whole reading. */
  async function* drawSample(size: number, seed: number, onBytes?: ByteListener): AsyncGenerator<SourceItem[], void> {
    const choice = new SampleChoice(size, seed)
    for await (const batch of filtered(onBytes)) {
      for (const { position } of batch) choice.offer(position!)
      yield []
    }
    if (choice.count < size)
      throw new InsideLLMsError(
        'config',
        `The sample asks for ${size} rows of ${source.label}; ${choice.count} are there${filter === undefined ? '' : ' behind the filter'}. Ask for fewer.`,
      )
    largestKey = choice.largestKey
  }

  return {
    ...source,
    async *batches(onBytes) {
      if (sample === undefined) return yield* filtered(onBytes)
      const drawn = largestKey !== undefined
      if (!drawn) yield* drawSample(sample.size, sample.seed, onBytes)
      for await (const batch of filtered(drawn ? onBytes : undefined))
        yield batch.filter(({ position }) => sampleKey(sample.seed, position!) <= largestKey!)
    },
  }
}

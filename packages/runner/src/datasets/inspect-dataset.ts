import { createHash } from 'node:crypto'
import { InsideLLMsError, type Probe } from '@insidellms/core'
import type { DatasetSource, SourceItem } from './dataset-source.ts'

/** What a first reading of a dataset finds. */
export interface DatasetFacts {
  /** `sha256:` and 64 hex digits, over the whole file's bytes; a plugin's dataset is hashed as JSON lines. */
  hash: string
  /** Items that will be used. */
  count: number
  /** `source.state()` before it was read. */
  state: string | undefined
}

/**
 * Reads a dataset once before anything is asked or written: a torn line or a missing field costs no money then.
 *
 * @throws {InsideLLMsError} `config`, naming file and line.
 */
export async function inspectDataset(
  source: DatasetSource,
  probes: readonly Probe[],
  maxExamples: number = Number.POSITIVE_INFINITY,
): Promise<DatasetFacts> {
  const digest = createHash('sha256')
  const state = await source.state()
  let count = 0
  for await (const batch of source.batches((bytes) => digest.update(bytes)))
    for (const entry of batch) {
      if (count === maxExamples) break
      for (const probe of probes) check(probe, entry, count, source.label)
      count++
    }
  if (count === 0) throw new InsideLLMsError('config', `The dataset ${source.label} has no items.`)
  return { hash: `sha256:${digest.digest('hex')}`, count, state }
}

function check(probe: Probe, { item, line }: SourceItem, index: number, label: string): void {
  const problem = probe.check?.(item)
  if (problem === undefined) return
  const place = line === undefined ? `${label}, item ${index + 1}` : `${label}:${line}`
  throw new InsideLLMsError('config', `${place}: ${problem.replace(/[.\s]+$/, '')} (probe ${probe.name}).`)
}

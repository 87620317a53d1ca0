import { createHash } from 'node:crypto'
import { InsideLLMsError, type Probe } from '@insidellms/core'
import { HeapLimit } from '../run/heap-limit.ts'
import { sha256 } from '../sha256.ts'
import type { DatasetSource, SourceItem } from './dataset-source.ts'
import { itemPlace } from './item-place.ts'

/** What a first reading of a dataset finds. */
export interface DatasetFacts {
  /**
   * `sha256:` and 64 hex digits, over the whole file's bytes. Several files are hashed by the lines of their hashes in
   * order, as `sha256sum a b | cut -c1-64 | sha256sum` does; a plugin's dataset is hashed as JSON lines.
   */
  hash: string
  /** Each file with its hash, where the source names its files. */
  files?: { path: string; hash: string }[]
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
  const digests = (source.files ?? [source.label]).map(() => createHash('sha256'))
  const state = await source.state()
  const memory = new HeapLimit()
  let count = 0
  try {
    for await (const batch of source.batches((bytes, file) => digests[file]!.update(bytes))) {
      memory.tick()
      for (const entry of batch) {
        if (count === maxExamples) break
        for (const probe of probes) check(probe, entry, count, source)
        count++
      }
    }
  } finally {
    memory.lift()
  }
  if (count === 0) throw new InsideLLMsError('config', `The dataset ${source.label} has no items.`)
  const hashes = digests.map((digest) => digest.digest('hex'))
  return {
    hash: `sha256:${hashes.length === 1 ? hashes[0] : sha256(hashes.map((hash) => `${hash}\n`).join(''))}`,
    ...(source.files && {
      files: source.files.map((path, index) => ({ path, hash: `sha256:${hashes[index]}` })),
    }),
    count,
    state,
  }
}

function check(probe: Probe, entry: SourceItem, index: number, source: DatasetSource): void {
  const problem = probe.check?.(entry.item)
  if (problem === undefined) return
  throw new InsideLLMsError(
    'config',
    `${itemPlace(entry, source, index)}: ${problem.replace(/[.\s]+$/, '')} (probe ${probe.name}).`,
  )
}

import { InsideLLMsError, PluginRegistry } from '@insidellms/core'
import { expect } from 'vitest'
import { type DatasetEntry } from '../../src/config/config-schema.ts'
import type { SourceItem } from '../../src/datasets/dataset-source.ts'
import { openDataset } from '../../src/datasets/open-dataset.ts'

/** Every item of a dataset, after a first reading as a run does it. */
export async function readDataset(directory: string, entry: Partial<DatasetEntry>): Promise<SourceItem[]> {
  const { source } = await openDataset({ args: {}, ...entry }, directory, new PluginRegistry())
  for await (const _ of source.batches(() => undefined));
  const items: SourceItem[] = []
  for await (const batch of source.batches()) items.push(...batch)
  return items
}

/** The message of the `config` error that something ends with. */
export async function failure(work: Promise<unknown>, code = 'config'): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!InsideLLMsError.isInstance(error)) throw new Error(`no InsideLLMsError: ${String(error)}`, { cause: error })
  expect(error.code).toBe(code)
  return error.message
}

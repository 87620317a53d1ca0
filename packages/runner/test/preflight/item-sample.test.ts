import { describe, expect, test } from 'vitest'
import type { DatasetSource } from '../../src/datasets/dataset-source.ts'
import { ItemSample } from '../../src/preflight/item-sample.ts'

function sourceOf(items: unknown[], batch = 100): DatasetSource {
  return {
    label: 'items',
    state: () => Promise.resolve('unchanged'),
    async *batches(onBytes) {
      for (let at = 0; at < items.length; at += batch) {
        onBytes?.(new Uint8Array(1), 0)
        yield items.slice(at, at + batch).map((item) => ({ item: item as string }))
      }
    },
  }
}

async function sampled(items: unknown[], limit?: number): Promise<ItemSample> {
  const sample = new ItemSample()
  const watched = sample.watch(sourceOf(items), limit)
  const seen: unknown[] = []
  let bytes = 0
  for await (const batch of watched.batches(() => bytes++)) seen.push(...batch.map(({ item }) => item))
  // Whoever reads it sees the source as it is.
  expect(seen).toEqual(items)
  expect(bytes).toBe(Math.ceil(items.length / 100))
  expect(await watched.state()).toBe('unchanged')
  return sample
}

describe('ItemSample', () => {
  test('keeps every item of a short dataset', async () => {
    const { items, longest } = await sampled(['a', 'ccc', 'bb'])
    expect(items.map(({ item }) => item)).toEqual(['a', 'ccc', 'bb'])
    expect(longest).toMatchObject({ item: 'ccc', index: 1 })
  })

  test('keeps few items of a long one, evenly spaced over all of it, and the longest', async () => {
    const all = Array.from({ length: 10_001 }, (_, index) => ({ prompt: index === 7777 ? 'long '.repeat(9) : 'short' }))
    const { items, longest } = await sampled(all)
    expect(items.length).toBeGreaterThan(16)
    expect(items.length).toBeLessThanOrEqual(32)
    const gaps = new Set(items.slice(1).map(({ index }, place) => index - items[place]!.index))
    expect(gaps.size).toBe(1)
    expect(items.at(-1)!.index).toBeGreaterThan(9000)
    expect(longest).toMatchObject({ index: 7777 })
  })

  test('looks at no item that the run does not use', async () => {
    const { items, longest } = await sampled(['a', 'b', 'the longest'], 2)
    expect(items.map(({ item }) => item)).toEqual(['a', 'b'])
    expect(longest).toMatchObject({ item: 'a' })
  })

  test('keeps fewer of large items', async () => {
    const { items } = await sampled(Array.from({ length: 20 }, () => 'x'.repeat(1 << 20)))
    expect(items.length).toBeLessThanOrEqual(4)
    expect(items.length).toBeGreaterThan(0)
  })
})

import { expect, it } from 'vitest'
import { usageOf } from '../src/usage-of.ts'

it('usageOf has the figures that are numbers, 0 among them, and the whole of the vendor’s own', () => {
  const raw = { in: 0, out: 7, cached: null, more: { seconds: 2 } }
  const usage = usageOf(raw, {
    inputTokens: raw.in,
    outputTokens: raw.out,
    cachedInputTokens: raw.cached,
    reasoningTokens: undefined,
    totalTokens: '7',
  })
  expect(usage).toEqual({ inputTokens: 0, outputTokens: 7, raw })
  expect(Object.keys(usage).sort()).toEqual(['inputTokens', 'outputTokens', 'raw'])
})

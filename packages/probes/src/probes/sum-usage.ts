import type { Usage } from '@insidellms/core/driver'

const fields = [
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'reasoningTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
] as const

/** Tokens of several calls. A figure that one of them did not report is left out: a sum without it would be too low. */
export function sumUsage(usages: readonly (Usage | undefined)[]): { usage?: Usage } {
  const total: Usage = {}
  for (const field of fields) {
    let sum = 0
    for (const usage of usages) sum += usage?.[field] ?? Number.NaN
    if (usages.length > 0 && !Number.isNaN(sum)) total[field] = sum
  }
  return Object.keys(total).length === 0 ? {} : { usage: total }
}

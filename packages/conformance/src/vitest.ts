import { describe, it } from 'vitest'
import { ConformanceFailure } from './check.ts'
import type { ProviderDescription } from './provider-description.ts'
import { planCases, runCase, secondsOf } from './run-cases.ts'

/**
 * Makes one Vitest test of each case. Skipped ones show their reason.
 *
 * @throws {InsideLLMsError} `config` for a skip without a reason, or of something that does not exist.
 */
export function describeProvider(description: ProviderDescription): void {
  describe('insideLLMs conformance', () => {
    for (const entry of planCases(description))
      // oxlint-disable-next-line vitest/expect-expect -- the case itself asserts
      it(`${entry.id}: ${entry.proves}`, { timeout: (secondsOf(entry) + 10) * 1000 }, async ({ skip }) => {
        const { status, reason } = await runCase(entry, description)
        if (status === 'skipped') skip(reason)
        if (status === 'failed') throw new ConformanceFailure(reason)
      })
  })
}

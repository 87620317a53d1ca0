import { describe, it } from 'node:test'
import { ConformanceFailure } from './check.ts'
import type { ProviderDescription } from './provider-description.ts'
import { planCases, runCase, secondsOf } from './run-cases.ts'

/**
 * Makes one test of each case for Node's own runner. Skipped ones show their reason.
 *
 * @throws {InsideLLMsError} `config` for a skip without a reason, or of something that does not exist.
 */
export function describeProvider(description: ProviderDescription): void {
  void describe('insideLLMs conformance', () => {
    for (const entry of planCases(description))
      void it(`${entry.id}: ${entry.proves}`, { timeout: (secondsOf(entry) + 10) * 1000 }, async (test) => {
        const { status, reason } = await runCase(entry, description)
        if (status === 'skipped') test.skip(reason)
        if (status === 'failed') throw new ConformanceFailure(reason)
      })
  })
}

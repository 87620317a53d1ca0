import { afterAll, describe, it } from 'vitest'
import { Door } from './door.ts'
import type { ProviderDescription } from './provider-description.ts'

/**
 * Makes one Vitest test of each case. Skipped ones show their reason.
 *
 * @throws {InsideLLMsError} `config` for a skip without a reason, or of something that does not exist.
 */
export function describeProvider(description: ProviderDescription): void {
  const door = new Door(description)
  describe('insideLLMs conformance', () => {
    for (const { id, proves, timeout, run } of door.tests)
      // oxlint-disable-next-line vitest/expect-expect -- the case itself asserts
      it(`${id}: ${proves}`, { timeout }, async ({ skip }) => {
        const reason = await run()
        if (reason !== undefined) skip(reason)
      })
    afterAll(() => door.writeReport())
  })
}

import { after, describe, it } from 'node:test'
import { Door } from './door.ts'
import type { ProviderDescription } from './provider-description.ts'

/**
 * Makes one test of each case for Node's own runner. Skipped ones show their reason.
 *
 * @throws {InsideLLMsError} `config` for a skip without a reason, or of something that does not exist.
 */
export function describeProvider(description: ProviderDescription): void {
  const door = new Door(description)
  void describe('insideLLMs conformance', () => {
    for (const { id, proves, timeout, run } of door.tests)
      void it(`${id}: ${proves}`, { timeout }, async (test) => {
        const reason = await run()
        if (reason !== undefined) test.skip(reason)
      })
    after(() => door.writeReport())
  })
}

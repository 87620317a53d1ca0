import { inspect } from 'node:util'
import type { InsideLLMsError, Model } from '@insidellms/core'
import { expect } from 'vitest'

/** The key is nowhere in an error that repeated it, and nowhere in the model, whoever prints them and how. */
export function expectNoKey(key: string, error: InsideLLMsError, model: Model): void {
  const shown = [
    error.message,
    error.stack,
    inspect(error, { depth: 9, showHidden: true }),
    JSON.stringify(error),
  ].join()
  expect(shown).not.toContain(key)
  expect(shown).toContain('[redacted]')
  expect(JSON.stringify(model.info())).not.toContain(key)
  expect(inspect(model, { depth: 9, showHidden: true })).not.toContain(key)
}

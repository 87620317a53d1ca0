import type { InsideLLMsErrorCode } from '@insidellms/core'
import { expect } from 'vitest'

/** Settings that are wrong are refused where the driver or the model is made, in words that mend them. */
export function expectRefused(create: () => unknown, code: InsideLLMsErrorCode, message: string | RegExp): void {
  expect(create).toThrow(message)
  expect(create).toThrow(expect.objectContaining({ code }) as Error)
}

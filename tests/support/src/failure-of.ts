import { InsideLLMsError } from '@insidellms/core'
import { expect } from 'vitest'

/** The typed error of a call that must fail. */
export async function failureOf(call: Promise<unknown>): Promise<InsideLLMsError> {
  const error = await call.then(
    () => expect.fail('it must throw'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(InsideLLMsError)
  return error as InsideLLMsError
}

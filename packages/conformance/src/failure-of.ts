import { InsideLLMsError } from '@insidellms/core'
import type { Bench } from './bench.ts'
import { ConformanceFailure, show } from './check.ts'

/** The typed error of a call that must fail, whole or streamed. */
export async function failureOf(bench: Bench, how: 'respond' | 'stream' = 'respond'): Promise<InsideLLMsError> {
  const model = await bench.model()
  let answered: string
  try {
    const call = how === 'respond' ? model.respond('Once upon a time') : model.stream('Once upon a time').response
    answered = (await call).text
  } catch (error) {
    if (InsideLLMsError.isInstance(error)) return error
    throw error
  }
  throw new ConformanceFailure(`The call should fail; it answered ${show(answered)}.`)
}

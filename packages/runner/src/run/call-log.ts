import { InsideLLMsError, type JsonObject, type ModelDelta, type ModelResponse } from '@insidellms/core'
import type { CallRequest } from './call-request.ts'

/** Which call of a run it is: what a replay looks for first when a request was made more than once. */
export interface CallKey {
  /** The model that is measured. */
  model: string
  /** The judge that was asked, when it was not that model. */
  judge?: string
  probe: string
  exampleId: string
  itemIndex: number
  repeat: number
  /** Counts the calls of one item from 0. */
  call: number
}

/** How a call ended; `left` is a stream whose reader went away before its end. */
export type CallOutcome = { response: ModelResponse } | { error: unknown } | { left: true }

/** A streamed delta and when it came: milliseconds since the request. */
export type TimedDelta = [ms: number, delta: ModelDelta]

/** One line of calls.jsonl, with its line feed. */
export function callLine(
  key: CallKey,
  request: CallRequest,
  outcome: CallOutcome,
  deltas: readonly TimedDelta[] | undefined,
): string {
  const end =
    'response' in outcome
      ? `"response":${JSON.stringify(outcome.response)}`
      : 'error' in outcome
        ? `"error":${JSON.stringify(describeError(outcome.error))}`
        : '"left":true'
  const stream = deltas === undefined ? '' : `"deltas":${JSON.stringify(deltas)},`
  const judge = key.judge === undefined ? '' : `"judge":${JSON.stringify(key.judge)},`
  return `{"model":${JSON.stringify(key.model)},${judge}"probe":${JSON.stringify(key.probe)},"example_id":${JSON.stringify(key.exampleId)},"item":${key.itemIndex},"repeat":${key.repeat},"call":${key.call},"request_hash":"${request.hash}","messages":${request.messages},"options":${request.options},${stream}${end}}\n`
}

/** An error as JSON, without stack and cause. */
export function describeError(error: unknown): JsonObject {
  if (InsideLLMsError.isInstance(error)) return error.toJSON()
  if (error instanceof Error) return { name: error.name, message: error.message }
  return { name: 'Error', message: String(error) }
}

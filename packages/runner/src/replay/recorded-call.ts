import {
  InsideLLMsError,
  type InsideLLMsErrorCode,
  type JsonObject,
  type ModelEvent,
  type ModelResponse,
} from '@insidellms/core'
import type { CallKey, CallOutcome, TimedDelta } from '../run/call-log.ts'

/** A line of calls.jsonl, read back. */
export interface RecordedCall {
  key: CallKey
  requestHash: string
  messages: unknown
  options: JsonObject
  outcome: CallOutcome
  /** What was streamed; absent when the answer came whole. */
  deltas?: TimedDelta[]
}

/** Undefined for what is no line of a calls.jsonl. */
export function parseCall(line: string): RecordedCall | undefined {
  let value: JsonObject
  try {
    value = JSON.parse(line) as JsonObject
  } catch {
    return undefined
  }
  const requestHash = value?.['request_hash']
  if (typeof requestHash !== 'string') return undefined
  const deltas = value['deltas'] as unknown as TimedDelta[] | undefined
  return {
    key: {
      model: String(value['model']),
      ...(typeof value['judge'] === 'string' && { judge: value['judge'] }),
      probe: String(value['probe']),
      exampleId: String(value['example_id']),
      itemIndex: Number(value['item']),
      repeat: Number(value['repeat']),
      call: Number(value['call']),
    },
    requestHash,
    messages: value['messages'],
    options: value['options'] as JsonObject,
    outcome: outcomeOf(value),
    ...(deltas !== undefined && { deltas }),
  }
}

function outcomeOf(value: JsonObject): CallOutcome {
  if (value['response'] !== undefined) return { response: value['response'] as unknown as ModelResponse }
  if (value['error'] !== undefined) return { error: restoreError(value['error'] as JsonObject) }
  return { left: true }
}

function restoreError(json: JsonObject): Error {
  const { name, code, message, ...fields } = json
  if (typeof code === 'string')
    return new InsideLLMsError(code as InsideLLMsErrorCode, String(message), fields as object)
  return Object.assign(new Error(String(message)), { name: String(name) })
}

/** The answer as it was given. @throws the error that it ended with. */
export function answerOf({ outcome }: RecordedCall): ModelResponse {
  if ('response' in outcome) return outcome.response
  if ('error' in outcome) throw outcome.error
  throw new InsideLLMsError(
    'incomplete_stream',
    'The recorded stream was left before its end: there is no whole answer.',
  )
}

/** The stream as it came, without its pauses. An answer that came whole is one chunk per part. */
export function* eventsOf(call: RecordedCall): Generator<ModelEvent, void, undefined> {
  if (call.deltas === undefined) yield* partsAsDeltas(answerOf(call))
  else for (const [, delta] of call.deltas) yield delta
  yield { type: 'finish', response: answerOf(call) }
}

function* partsAsDeltas({ parts }: ModelResponse): Generator<ModelEvent, void, undefined> {
  let index = 0
  for (const part of parts) {
    if (part.type === 'tool-call')
      yield { type: 'tool-call', index: index++, id: part.id, name: part.name, arguments: part.arguments }
    else if (part.type !== 'other') yield { type: part.type, text: part.text }
  }
}

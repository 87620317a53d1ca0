import type { ModelResponse } from '@insidellms/core'
import { expect } from 'vitest'
import type { Recording } from './recordings.ts'

/** The JSON objects of a recorded body: the events of a stream, or the one of a whole answer. */
export function recordedEvents({ body, streamed }: Recording): Record<string, any>[] {
  const text = body.toString()
  if (!streamed) return [JSON.parse(text)]
  return text
    .split('\n')
    .filter((line) => line.startsWith('data:') && !line.includes('[DONE]'))
    .map((line) => JSON.parse(line.slice(5)))
}

/** Old servers (TGI) give the arguments as an object. */
function argumentsText(given: unknown): string {
  return typeof given === 'string' ? given : given ? JSON.stringify(given) : ''
}

/**
 * Walks the recorded bytes of a chat completion by itself, without any code of ours, and looks for everything in what
 * was read of them.
 */
export function expectChatCompletion(response: ModelResponse, recording: Recording): void {
  const chunks = recordedEvents(recording)
  const choices = chunks.flatMap((chunk) => chunk['choices'] ?? []).filter(({ index }) => (index ?? 0) === 0)
  const said = choices.map(({ message, delta }) => message ?? delta ?? {})
  const join = (field: string): string => said.map((piece) => piece[field] ?? '').join('')
  expect(response.text).toBe(join('content'))
  const refusal = response.parts.filter(({ type }) => type === 'refusal').map((part) => (part as { text: string }).text)
  expect(refusal.join('')).toBe(join('refusal'))
  const thoughts = response.parts
    .filter(({ type }) => type === 'reasoning')
    .map((part) => (part as { text: string }).text)
  expect(thoughts.join('')).toBe(join('reasoning_content') || join('reasoning'))
  const calls = new Map<number, { id: string; name: string; arguments: string }>()
  for (const [position, call] of said.flatMap((piece) =>
    (piece.tool_calls ?? []).map((call: object, at: number) => [(call as any).index ?? at, call] as const),
  )) {
    const whole = calls.get(position) ?? { id: '', name: '', arguments: '' }
    calls.set(position, {
      id: whole.id || String(call.id ?? ''),
      name: whole.name + (call.function.name ?? ''),
      arguments: whole.arguments + argumentsText(call.function.arguments),
    })
  }
  const read = response.parts.filter(({ type }) => type === 'tool-call')
  expect(read.map(({ id, name, arguments: text }: any) => ({ id, name, arguments: text }))).toEqual([...calls.values()])
  const raw = choices.map(({ finish_reason }) => finish_reason).findLast(Boolean) ?? null
  expect(response.finish.raw).toBe(raw)
  const usage = chunks.map((chunk) => chunk['usage']).findLast(Boolean)
  expect(response.usage?.inputTokens).toBe(usage?.prompt_tokens)
  expect(response.usage?.outputTokens).toBe(usage?.completion_tokens)
  expect(response.usage?.totalTokens).toBe(usage?.total_tokens)
  expect(response.usage?.cachedInputTokens).toBe(usage?.prompt_tokens_details?.cached_tokens)
  expect(response.usage?.reasoningTokens).toBe(usage?.completion_tokens_details?.reasoning_tokens)
  const first = (field: string): unknown => chunks.map((chunk) => chunk[field]).find(Boolean)
  expect(response.served.model).toBe(first('model'))
  expect(response.served.responseId).toBe(first('id'))
  expect(response.served.fingerprint).toBe(first('system_fingerprint'))
  expect(response.served.requestId).toBe(recording.headers['x-request-id'])
  expect(response.served.route).toBe(first('provider'))
  expect(response.raw).toEqual(recording.streamed ? chunks : chunks[0])
  expect(JSON.parse(JSON.stringify(response))).toEqual(response)
}

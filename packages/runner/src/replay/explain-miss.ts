import { closeSync, openSync, readSync } from 'node:fs'
import { InsideLLMsError, type JsonObject } from '@insidellms/core'
import { canonicalJson } from '../canonical-json.ts'
import type { CallKey } from '../run/call-log.ts'
import type { CallRequest } from '../run/call-request.ts'
import { parseCall, type RecordedCall } from './recorded-call.ts'

/** Looks through the recorded calls for the one that is most like the request, and says what differs. */
export function explainMiss(path: string, request: CallRequest, key: CallKey): InsideLLMsError {
  const wanted = `${request.messages}${request.options}`
  let nearest: RecordedCall | undefined
  let nearestDistance = Number.POSITIVE_INFINITY
  for (const line of lines(path)) {
    const call = parseCall(line)
    if (call === undefined) continue
    const recorded = `${canonicalJson(call.messages)}${canonicalJson(call.options)}`
    // Of two that are as near, the one of the same item is meant.
    const distance = difference(wanted, recorded).length + (call.key.exampleId === key.exampleId ? 0 : 0.5)
    if (distance < nearestDistance) {
      nearest = call
      nearestDistance = distance
    }
  }
  // A cassette knows of no items.
  const cassette = key.exampleId === ''
  const asked = `${cassette ? 'The request' : `The request of ${key.probe} item ${key.exampleId}`} is not among the calls recorded in ${path}`
  const advice = `${cassette ? 'Use the mode auto' : 'Replay with allowNew (--allow-new)'} to ask what is new, or record again.`
  if (nearest === undefined) return new InsideLLMsError('not_found', `${asked}, which holds none. ${advice}`)
  const differences = describe(nearest, request, key)
  const place = nearest.key.exampleId === '' ? '' : ` (item ${nearest.key.exampleId})`
  return new InsideLLMsError(
    'not_found',
    differences.length === 0
      ? `${asked} as often as it is made now: each recorded answer is given once. ${advice}`
      : `${asked}. The nearest one${place} differs in ${differences.join('; ')}. ${advice}`,
  )
}

function describe(nearest: RecordedCall, request: CallRequest, key: CallKey): string[] {
  const options = JSON.parse(request.options) as JsonObject
  const found: string[] = []
  const [then, now] = [nearest.key, key].map(({ model, judge }) => judge ?? model)
  if (then !== now) found.push(`the model: recorded ${then}, asked ${now}`)
  for (const name of new Set([...Object.keys(options), ...Object.keys(nearest.options)].sort())) {
    const [now, then] = [options[name], nearest.options[name]].map((value) =>
      value === undefined ? 'absent' : canonicalJson(value),
    )
    if (now !== then) found.push(`${name}: recorded ${then}, asked ${now}`)
  }
  const messages = canonicalJson(nearest.messages)
  if (messages !== request.messages) {
    const { before, a, b } = difference(messages, request.messages)
    found.push(`its messages, at ${quote(before.slice(-20))}: recorded ${quote(a)}, asked ${quote(b)}`)
  }
  if (found.length === 0 && nearest.requestHash !== request.hash) found.push('the model id or the provider')
  return found
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)
}

/** What stands between the common beginning and the common end. */
function difference(a: string, b: string): { before: string; a: string; b: string; length: number } {
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) start++
  let end = 0
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const middleA = a.slice(start, a.length - end)
  const middleB = b.slice(start, b.length - end)
  return { before: a.slice(0, start), a: middleA, b: middleB, length: Math.max(middleA.length, middleB.length) }
}

/** Read at once and not as a promise: it is called in the middle of a call, and only once. */
function* lines(path: string): Generator<string, void, undefined> {
  const descriptor = openSync(path, 'r')
  try {
    const chunk = Buffer.allocUnsafe(1 << 20)
    let rest = Buffer.alloc(0)
    for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) {
      const bytes = Buffer.concat([rest, chunk.subarray(0, read)])
      let start = 0
      for (let feed = bytes.indexOf(10); feed !== -1; feed = bytes.indexOf(10, start)) {
        yield bytes.toString('utf8', start, feed)
        start = feed + 1
      }
      rest = bytes.subarray(start)
    }
  } finally {
    closeSync(descriptor)
  }
}

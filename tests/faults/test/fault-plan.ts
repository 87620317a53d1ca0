import type { InsideLLMsErrorCode } from '@insidellms/core'

/** One call, and what must come of it whatever the vendor. */
export interface PlannedCall {
  prompt: string
  streamed: boolean
  /** The whole text of the answer, were nothing to go wrong. */
  text: string
  fault?: Fault
}

interface Fault {
  name: string
  /** Of aimock: what the faulty answer is made of. */
  fixture: { response?: object; [field: string]: unknown }
  /** How many attempts meet the fault. */
  times: number
  /** How it may end; none: with the whole answer. */
  codes?: readonly InsideLLMsErrorCode[]
  /** The attempts that it takes. */
  attempts: number
}

const maxAttempts = 3
const status = (code: number, more: object = {}): Fault['fixture'] => ({
  response: { status: code, error: { message: `It fails with ${code}.`, type: 'fault' }, ...more },
})
const always = { times: maxAttempts, attempts: maxAttempts }
const once = { times: 1, attempts: 2 }
const reset = { chaos: { disconnectRate: 1 } }
const noJson = { chaos: { malformedRate: 1 } }

/** By turns. Their number is odd, so that each meets streamed calls as often as whole ones. */
const faults: readonly (Fault | { whole: Fault; streamed: Fault })[] = [
  { name: '500 once', fixture: status(500), ...once },
  { name: '503 once', fixture: status(503), ...once },
  { name: '429 once, retry-after 1 s', fixture: status(429, { retryAfter: 1 }), ...once },
  { name: '529 once', fixture: status(529), ...once },
  { name: 'reset once', fixture: reset, ...once },
  { name: 'late', fixture: { chaos: { latencyMs: 250 } }, times: 1, attempts: 1 },
  { name: '503 always', fixture: status(503), ...always, codes: ['server'] },
  { name: '429 always', fixture: status(429, { retryAfter: 0 }), ...always, codes: ['rate_limited'] },
  { name: 'reset always', fixture: reset, ...always, codes: ['network'] },
  { name: '400', fixture: status(400), times: 1, attempts: 1, codes: ['invalid_request'] },
  {
    // A body that is no JSON is no accident of the network: asking again is not for us to decide.
    whole: { name: 'no JSON', fixture: noJson, times: 1, attempts: 1, codes: ['invalid_response'] },
    // What has arrived was handed on already: there is no taking it back, and so no other attempt. Without a pause
    // between the chunks, aimock takes those that it cuts behind with it, and nothing arrives.
    streamed: {
      name: 'cut',
      fixture: { truncateAfterChunks: 6, latency: 5 },
      times: 1,
      attempts: 1,
      codes: ['incomplete_stream', 'network'],
    },
  },
]

/** Every fifth call meets a fault; every second is streamed. */
export function planCalls(count: number): PlannedCall[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index).padStart(5, '0')
    const streamed = index % 2 === 1
    const turn = faults[Math.floor(index / 5) % faults.length]!
    const fault = 'name' in turn ? turn : streamed ? turn.streamed : turn.whole
    return {
      prompt: `Question ${number}: what is the answer?`,
      streamed,
      text: `The answer to question ${number}: Grüße, 世界 🌍! ${'All is well, or it is not. '.repeat(3)}End ${number}.`,
      ...(index % 5 === 0 && { fault }),
    }
  })
}

/** For aimock, which takes the first that matches and counts how often each was met. */
export function fixturesFor(calls: readonly PlannedCall[]): object[] {
  return calls.flatMap(({ prompt, text, fault }) => {
    const whole = { match: { userMessage: prompt }, response: { content: text }, chunkSize: 8 }
    const faulty = Array.from({ length: fault?.times ?? 0 }, (_, sequenceIndex) => ({
      ...whole,
      ...fault!.fixture,
      match: { userMessage: prompt, sequenceIndex },
    }))
    return [...faulty, whole]
  })
}

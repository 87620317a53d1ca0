import type { ModelResponse } from '@insidellms/core'
import type { Bench } from './bench.ts'
import type { WireAnswer } from './vendor-wire.ts'

export const toolCalls: NonNullable<WireAnswer['toolCalls']> = [
  { id: 'call_a', name: 'get_weather', arguments: '{"city":"Oslo"}' },
  { id: 'call_b', name: 'get_time', arguments: '{"zone":"CET"}' },
]

/** For a text of these two pieces. */
export const logprobs: NonNullable<WireAnswer['logprobs']> = [
  {
    token: 'Once ',
    logprob: -0.25,
    top: [
      { token: 'Once ', logprob: -0.25 },
      { token: 'One ', logprob: -1.5 },
    ],
  },
  {
    token: 'upon.',
    logprob: -0.125,
    top: [
      { token: 'upon.', logprob: -0.125 },
      { token: 'on.', logprob: -2.5 },
    ],
  },
]

/** An answer that calls both tools. */
export function toolAnswer({ wire }: Bench): Partial<WireAnswer> {
  return { text: [], toolCalls, finish: wire.finishReasons['tool-calls'] ?? wire.finishReasons.stop }
}

/** What the driver makes of an answer of this kind. */
export async function readAnswer(bench: Bench, changes: Partial<WireAnswer> = {}): Promise<ModelResponse> {
  bench.playAnswer(changes)
  return (await bench.model()).respond('Once upon a time')
}

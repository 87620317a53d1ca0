import type { ModelDelta, ModelResponse, PortableOptions } from '@insidellms/core'
import type { Bench } from './bench.ts'
import { checkEqual, ConformanceFailure } from './check.ts'

interface ReadStream {
  text: string
  deltas: ModelDelta[]
  response: ModelResponse
}

/** Reads one stream to its end, through core. */
export async function readStream(bench: Bench, options: PortableOptions = {}): Promise<ReadStream> {
  const model = await bench.model()
  const deltas: ModelDelta[] = []
  for await (const event of model.events('Once upon a time', options)) {
    if (event.type === 'finish') return { text: textOf(deltas), deltas, response: event.response }
    deltas.push(event)
  }
  throw new ConformanceFailure('The stream ended without a finish event.')
}

function textOf(deltas: readonly ModelDelta[]): string {
  return deltas.map((delta) => (delta.type === 'text' ? delta.text : '')).join('')
}

/** The stream must read as this text, in its deltas and in its finish event. */
export async function checkStreamedText(bench: Bench, expected: string, what: string): Promise<void> {
  const { text, response } = await readStream(bench)
  checkEqual(text, expected, `The streamed text, ${what},`)
  checkEqual(response.text, expected, `The finish event's text, ${what},`)
}

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

/** The stream must add up to this text, however its bytes arrived. */
export async function checkStreamedText(bench: Bench, expected: string, how: string): Promise<void> {
  checkEqual((await readStream(bench)).response.text, expected, `The text of a stream that arrived ${how}`)
}

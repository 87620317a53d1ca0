import { stream } from '@insidellms/conformance'
import { type InsideLLMsError, type Model, type ModelResponse } from '@insidellms/core'
import { expect } from 'vitest'
import type { WithModel } from './with-model.ts'

/** A stream of a vendor, and what must be read of it. */
export interface SampleStream {
  withModel: WithModel<Model>
  /** Its bytes, event by event. */
  frames: readonly string[]
  /** From this byte on it is complete: behind the data of its terminal event, if not behind the blank line. */
  completeAt: number
  first: string
  text: string
  /** Default: `text/event-stream`. */
  contentType?: 'text/event-stream' | 'application/x-ndjson'
}

/** A stream that is cut at any byte finishes only behind the terminal marker. */
export async function expectCutsFail(
  { withModel, frames, completeAt, text, contentType = 'text/event-stream' }: SampleStream,
  ask: (model: Model) => Promise<ModelResponse> = (model) => model.stream('Hi').response,
  step: number = 1,
): Promise<void> {
  const bytes = Buffer.from(frames.join(''))
  let cut = 0
  await withModel(
    () => stream([bytes.subarray(0, cut)], { contentType }),
    async (model) => {
      for (cut = 0; cut <= bytes.length; cut += step) {
        const outcome = await ask(model).then(
          (response) => response.text,
          (error: InsideLLMsError) => error.code,
        )
        expect(outcome, `cut at byte ${cut} of ${bytes.length}`).toBe(cut >= completeAt ? text : 'incomplete_stream')
      }
    },
  )
}

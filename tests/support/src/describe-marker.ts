import { stream } from '@insidellms/conformance'
import { describe, expect, it } from 'vitest'
import type { SampleStream } from './expect-cuts-fail.ts'

/**
 * A stream is read to the vendor's terminal marker, and no further.
 *
 * @param behind What comes all the same, event by event.
 */
export function describeMarker(
  { withModel, frames, text }: Pick<SampleStream, 'withModel' | 'frames' | 'text'>,
  behind: readonly string[],
): void {
  describe('the terminal marker', () => {
    it('ends a stream, also when the server does not close behind it', async () => {
      await withModel(
        () => stream([...frames, ...behind], { endWith: 'hang' }),
        async (model, server) => {
          expect((await model.stream('Hi').response).text).toBe(text)
          expect(await server.requests[0]!.ended).toBe('abandoned')
        },
      )
    })
  })
}

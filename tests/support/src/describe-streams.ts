import { getEventListeners } from 'node:events'
import { type RecordedRequest, stream } from '@insidellms/conformance'
import { describe, expect, it } from 'vitest'
import { expectCutsFail, type SampleStream } from './expect-cuts-fail.ts'
import { failureOf } from './failure-of.ts'

/** Other ways to write the same stream. */
const spellings: Record<NonNullable<SampleStream['contentType']>, [string, (wire: string) => string][]> = {
  'text/event-stream': [
    ['CRLF, comments and a byte order mark', (wire) => `\uFEFF: hello\r\n\r\n${wire.replaceAll('\n', '\r\n')}`],
  ],
  'application/x-ndjson': [['CRLF', (wire) => wire.replaceAll('\n', '\r\n')]],
}

/** How every stream behaves when it is cut, split, spelled otherwise, aborted or left. */
export function describeStreams(sample: SampleStream): void {
  const { withModel, frames, first, text, contentType = 'text/event-stream' } = sample
  const bytes = Buffer.from(frames.join(''))

  describe('streams', () => {
    it('that are cut at any byte finish only behind the terminal marker', { timeout: 120_000 }, () =>
      expectCutsFail(sample),
    )

    it('survive being split at every byte', async () => {
      await withModel(
        () =>
          stream(
            Array.from(bytes, (byte) => Uint8Array.of(byte)),
            { contentType },
          ),
        async (model) => {
          expect((await model.stream('Hi').response).text).toBe(text)
        },
      )
    })

    it.for(spellings[contentType])('survive %s', async ([, spell]) => {
      await withModel(
        () => stream([spell(frames.join(''))], { contentType }),
        async (model) => {
          expect((await model.stream('Hi').response).text).toBe(text)
        },
      )
    })

    it('that are aborted at any chunk leave no socket and no listener', async () => {
      for (let stopAfter = 0; stopAfter < frames.length; stopAfter++) {
        const controller = new AbortController()
        let asked: RecordedRequest | undefined
        async function* chunks(): AsyncGenerator<string> {
          for (const [index, frame] of frames.entries()) {
            if (index === stopAfter) controller.abort()
            yield frame
            // Gives the abort time to arrive before the next chunk.
            await new Promise((resolve) => setTimeout(resolve, 2))
          }
        }
        await withModel(
          (request) => {
            asked = request
            return stream(chunks(), { contentType, endWith: 'hang' })
          },
          async (model) => {
            const error = await failureOf(model.stream('Hi', { signal: controller.signal }).response)
            expect(error.code).toBe('aborted')
            expect(await asked!.ended).toBe('abandoned')
            expect(getEventListeners(controller.signal, 'abort')).toEqual([])
          },
        )
      }
    })

    it('that are left early end their request', async () => {
      let asked: RecordedRequest | undefined
      await withModel(
        (request) => {
          asked = request
          return stream(frames, { contentType, delayMs: 5 })
        },
        async (model) => {
          for await (const piece of model.stream('Hi')) {
            expect(piece).toBe(first)
            break
          }
          expect(await asked!.ended).toBe('abandoned')
        },
      )
    })
  })
}

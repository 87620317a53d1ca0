import { type DriverModel, InsideLLMsError } from '@insidellms/core'
import type { Bench } from '../bench.ts'
import { check, checkEqual, show } from '../check.ts'
import { type GroupedCase, group } from '../conformance-case.ts'
import { checkStreamedText, readStream } from '../read-stream.ts'
import { split, toBytes } from '../reply.ts'

const plainText = 'Once upon a time.'

/** The vendor streams its events in another spelling, each still in a chunk of its own. */
function playEvents(
  bench: Bench,
  spell: (event: string) => string,
  cut: (event: Uint8Array) => Uint8Array[] = (event) => [event],
): void {
  bench.play((request) => {
    const reply = bench.wire.answer(bench.answer(), request)
    if (!reply.headers['content-type']?.includes('event-stream'))
      bench.notApplicable = 'The vendor streams no server-sent events.'
    const chunks = reply.chunks.flatMap((chunk) => cut(toBytes(spell(Buffer.from(toBytes(chunk)).toString()))))
    return { ...reply, chunks }
  })
}

/** Together they split an event at its every byte. */
const cuts: readonly ((event: Uint8Array) => Uint8Array[])[] = [
  (event) => [event],
  (event) => split(event, 3),
  (event) => split(event, 3, 1),
  (event) => split(event, 3, 2),
]

export const streamByteCases: readonly GroupedCase[] = group('stream', [
  {
    id: 'stream-trickle',
    proves: 'A stream that arrives byte by byte reads the same.',
    needs: 'wire',
    async run(bench) {
      bench.playStream((chunks) => split(Buffer.concat(chunks), 1))
      await checkStreamedText(bench, plainText, 'byte by byte')
    },
  },
  {
    id: 'stream-in-one-chunk',
    proves: 'A stream that arrives all at once reads the same.',
    needs: 'wire',
    async run(bench) {
      bench.playStream((chunks) => [Buffer.concat(chunks)])
      await checkStreamedText(bench, plainText, 'all in one chunk')
    },
  },
  {
    id: 'stream-large',
    proves: 'A megabyte of text in one event reads whole.',
    needs: 'wire',
    async run(bench) {
      const large = 'All work and no play. '.repeat(50_000)
      bench.playAnswer({ text: ['Once ', large] })
      await checkStreamedText(bench, `Once ${large}`, 'with a megabyte in one event')
    },
  },
  {
    id: 'stream-utf8',
    proves: 'A character whose bytes arrive apart reads whole, wherever it is split.',
    needs: 'wire',
    async run(bench) {
      const text = ['é', '中', '👩‍🚀', '.']
      let places = 1
      for (let index = 0; index < places; index++) {
        bench.playStream(
          (chunks) => {
            const inside = chunks.flatMap((bytes, chunk) =>
              [...bytes.keys()].filter((at) => (bytes[at]! & 0b1100_0000) === 0b1000_0000).map((at) => ({ chunk, at })),
            )
            places = inside.length
            const { chunk, at } = inside[index] ?? { chunk: -1, at: 0 }
            return chunks.flatMap((bytes, place) =>
              place === chunk ? [bytes.subarray(0, at), bytes.subarray(at)] : [bytes],
            )
          },
          { text },
        )
        await checkStreamedText(bench, text.join(''), 'split inside a character')
      }
    },
  },
  {
    id: 'sse-crlf',
    proves: 'Server-sent events with CRLF at their line ends read the same, wherever they are split.',
    needs: 'wire',
    async run(bench) {
      for (const cut of cuts) {
        playEvents(bench, (event) => event.replaceAll('\n', '\r\n'), cut)
        await checkStreamedText(bench, plainText, 'with CRLF')
      }
    },
  },
  {
    id: 'sse-multi-line',
    proves: 'An event whose data comes in several `data:` lines reads as one, wherever it is split.',
    needs: 'wire',
    async run(bench) {
      for (const cut of cuts) {
        // JSON may have a newline after its first brace.
        playEvents(bench, (event) => event.replaceAll(/^data: ?\{/gm, 'data: {\ndata: '), cut)
        await checkStreamedText(bench, plainText, 'with several data lines an event')
      }
    },
  },
  {
    id: 'sse-comments',
    proves: 'Comments, `retry:` and `id:` lines, and a missing space after `data:` change nothing.',
    needs: 'wire',
    async run(bench) {
      const keepAlive = ': keep-alive\n\n'
      playEvents(
        bench,
        (event) => `${keepAlive}retry: 3000\n${event.replaceAll(/^data: /gm, ': between\nid: 7\ndata:')}`,
        (event) => split(event, event.length, keepAlive.length),
      )
      await checkStreamedText(bench, plainText, 'with comments between its events')
    },
  },
  {
    id: 'stream-cut',
    proves: "A stream that stops at any byte before the vendor's terminal marker is an error, and never an answer.",
    needs: 'wire',
    seconds: 120,
    run: cutEverywhere,
  },
  {
    id: 'stream-reset',
    proves: 'A connection that breaks in a stream, between two events or inside one, is an error, and never an answer.',
    needs: 'wire',
    async run(bench) {
      let events = 1
      for (let count = 0; count < events; count++)
        for (const inside of [false, true]) {
          const beginning = (chunks: Uint8Array[]): Uint8Array[] => {
            events = chunks.length
            const next = chunks[count]!
            return [...chunks.slice(0, count), ...(inside ? [next.subarray(0, next.length / 2)] : [])]
          }
          bench.playStream(beginning, {}, { endWith: 'reset' })
          const outcome = await readStream(bench).catch((error: unknown) => error)
          check(
            InsideLLMsError.isInstance(outcome) && ['network', 'incomplete_stream'].includes(outcome.code),
            `The connection broke ${inside ? 'inside event' : 'after events:'} ${count + Number(inside)}; the reader got ${show(outcome)}.`,
          )
        }
    },
  },
])

/** Each cut has its own prompt, by which the vendor knows where to stop; each worker has its own driver. */
async function cutEverywhere(bench: Bench): Promise<void> {
  const text = ['Once ', 'upon.']
  const stream = { length: 0, marker: 0, boundaries: new Set<number>() }
  bench.playStream(
    (chunks, request) => {
      const bytes = Buffer.concat(chunks)
      const last = Buffer.from(chunks.at(-1)!)
      stream.length = bytes.length
      stream.marker = bytes.length - last.length + Buffer.byteLength(last.toString().trimEnd())
      stream.boundaries = new Set(chunks.map((_, index) => Buffer.concat(chunks.slice(0, index)).length))
      return [bytes.subarray(0, Number(/cut at (\d+)/.exec(request.body)?.[1]))]
    },
    { text },
  )
  const cutAt = async (model: DriverModel, position: number): Promise<void> => {
    const outcome = await model.stream(`cut at ${position}`).response.catch((error: unknown) => error)
    const where = `The stream was cut at byte ${position} of ${stream.length}`
    if (!InsideLLMsError.isInstance(outcome))
      check(position >= stream.marker, `${where}, before the terminal marker; the reader got ${show(outcome)}.`)
    else if (stream.boundaries.has(position))
      checkEqual(outcome.code, 'incomplete_stream', `${where}, between two events. The error's code`)
  }
  let next = 0
  const work = async (): Promise<void> => {
    const model = await bench.model()
    while (next < stream.length) await cutAt(model, next++)
  }
  // The first one tells how long the stream is.
  await cutAt(await bench.model(), next++)
  await Promise.all(Array.from({ length: 4 }, work))
}

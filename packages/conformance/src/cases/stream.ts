import { type DriverResponse, InsideLLMsError, type ModelResponse } from '@insidellms/core'
import { type Bench, errorMessage } from '../bench.ts'
import { check, checkEqual, show, within } from '../check.ts'
import { type GroupedCase, group } from '../conformance-case.ts'
import { checkStreamedText, readStream } from '../read-stream.ts'
import type { Chunk } from '../reply.ts'
import { logprobs, toolAnswer } from '../sample-answers.ts'
import type { WireAnswer } from '../vendor-wire.ts'

/** Everything at once that an answer can hold. */
function richAnswer(bench: Bench): Partial<WireAnswer> {
  return { ...toolAnswer(bench), text: ['Once ', 'upon.'], reasoning: ['First I ', 'think.'] }
}

/** All that must not depend on how the answer came. */
function comparable({ text, parts, finish, usage, logprobs, served, ledger }: ModelResponse): object {
  return { text, parts, finish, usage: usage && { ...usage, raw: undefined }, logprobs, served, ledger }
}

function textOf({ parts }: DriverResponse): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

export const streamCases: readonly GroupedCase[] = group('stream', [
  {
    id: 'stream-text',
    proves: 'The text of a stream, joined, is the text of `respond`.',
    needs: 'driver',
    async run(bench) {
      const options = bench.shortAnswer(await bench.driver())
      const { text } = await readStream(bench, options)
      checkEqual(text, (await (await bench.model()).respond('Once upon a time', options)).text, 'The streamed text')
    },
  },
  {
    id: 'stream-finish',
    proves: "A stream's finish event holds what `respond` gives: parts, finish, usage, logprobs, served, ledger.",
    needs: 'driver',
    async run(bench) {
      const driver = await bench.driver()
      const options = bench.shortAnswer(driver)
      const compare = async (): Promise<void> => {
        const responded = await (await bench.model()).respond('Once upon a time', options)
        const { response } = await readStream(bench, options)
        checkEqual(comparable(response), comparable(responded), "The finish event's response")
      }
      await compare()
      if (bench.description.wire === undefined) return
      bench.playAnswer(richAnswer(bench))
      await compare()
      bench.playAnswer({ usage: undefined, fingerprint: undefined, requestId: undefined })
      await compare()
    },
  },
  {
    id: 'stream-logprobs',
    proves: 'A stream gathers the same logprobs as `respond`.',
    needs: 'wire',
    capability: true,
    async run(bench) {
      bench.playAnswer({ text: ['Once ', 'upon.'], logprobs })
      const { response } = await readStream(bench, { logprobs: true, topLogprobs: 1 })
      checkEqual(
        response.logprobs?.map(({ token }) => token),
        ['Once ', 'upon.'],
        'The tokens of response.logprobs',
      )
    },
  },
  {
    id: 'stream-deltas',
    proves: 'Deltas of reasoning and of tool calls add up to the parts of the finish event.',
    needs: 'wire',
    async run(bench) {
      bench.playAnswer(richAnswer(bench))
      const { deltas, response } = await readStream(bench)
      const reasoning = deltas.map((delta) => (delta.type === 'reasoning' ? delta.text : '')).join('')
      const parts = response.parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join('')
      checkEqual(reasoning, parts, 'The reasoning deltas, joined,')
      const calls: { id: string; name: string; arguments: string }[] = []
      for (const delta of deltas) {
        if (delta.type !== 'tool-call') continue
        const call = (calls[delta.index] ??= { id: '', name: '', arguments: '' })
        if (delta.id !== undefined) call.id = delta.id
        if (delta.name !== undefined) call.name = delta.name
        call.arguments += delta.arguments
      }
      const whole = response.parts.flatMap((part) =>
        part.type === 'tool-call' ? [{ id: part.id, name: part.name, arguments: part.arguments }] : [],
      )
      checkEqual(calls, whole, 'The tool-call deltas, put together by their index,')
    },
  },
  {
    id: 'stream-one-finish',
    proves: 'A stream has one finish event, and nothing comes after it.',
    needs: 'driver',
    async run(bench) {
      const driver = await bench.driver()
      const types: string[] = []
      const request = bench.request({ options: bench.shortAnswer(driver) })
      for await (const { type } of driver.events?.(request) ?? []) types.push(type)
      checkEqual(types.indexOf('finish'), types.length - 1, `The place of the finish event in ${show(types)}`)
    },
  },
  {
    id: 'stream-is-live',
    proves: 'Text is handed on as it arrives, and not at the end of the stream.',
    needs: 'wire',
    async run(bench) {
      const seen = Promise.withResolvers<void>()
      bench.playStream(async function* (chunks): AsyncGenerator<Chunk> {
        yield* chunks.slice(0, -1)
        await seen.promise
        yield* chunks.slice(-1)
      })
      const model = await bench.model()
      const read = async (): Promise<void> => {
        for await (const piece of model.stream('Once upon a time')) if (piece !== '') seen.resolve()
      }
      const reading = read()
      try {
        await within(Promise.race([seen.promise, reading]), 5000, 'Reading text before the end of the stream')
      } finally {
        seen.resolve()
      }
      await reading
    },
  },
  {
    id: 'stream-empty',
    proves: 'A stream without a word of text finishes like any other.',
    needs: 'wire',
    async run(bench) {
      bench.playAnswer({ text: [] })
      await checkStreamedText(bench, '', 'without a word')
    },
  },
  {
    id: 'slow-first-byte',
    proves: 'An answer that takes its time to begin is waited for.',
    needs: 'wire',
    async run(bench) {
      bench.play((request) => ({ ...bench.wire.answer(bench.answer(), request), firstByteMs: 200 }))
      await checkStreamedText(bench, 'Once upon a time.', 'after a slow first byte')
      checkEqual((await (await bench.model()).respond('Once upon a time')).text, 'Once upon a time.', 'response.text')
    },
  },
  {
    id: 'stream-error',
    proves: 'A failure that the stream itself reports is thrown with its message, also when the stream then ends well.',
    needs: 'wire',
    capability: true,
    async run(bench) {
      const streamError = bench.part('streamError')
      const outcome = async (): Promise<unknown> =>
        readStream(bench).then(
          ({ text }) => `an answer, ${show(text)}`,
          (error: unknown) => error,
        )
      for (const rest of [0, 1]) {
        bench.play((request) => {
          const reply = bench.wire.answer(bench.answer(), request)
          const chunks = [
            ...reply.chunks.slice(0, -1),
            streamError(errorMessage, request),
            ...reply.chunks.slice(-1).slice(0, rest),
          ]
          return { ...reply, chunks }
        })
        const got = await outcome()
        check(
          InsideLLMsError.isInstance(got) && got.code !== 'incomplete_stream' && got.message.includes(errorMessage),
          `The stream reported "${errorMessage}"; the reader got ${show(got)}.`,
        )
      }
    },
  },
  {
    id: 'stream-duplicate-end',
    proves: 'Final events that come twice finish the stream once.',
    needs: 'wire',
    async run(bench) {
      bench.playStream((chunks) => [...chunks, ...chunks.slice(-2)])
      const driver = await bench.driver()
      const texts: string[] = []
      for await (const event of driver.events?.(bench.request()) ?? [])
        if (event.type === 'finish') texts.push(textOf(event.response))
      checkEqual(texts, ['Once upon a time.'], 'The texts of the finish events')
    },
  },
])

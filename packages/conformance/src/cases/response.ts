import type { FinishKind } from '@insidellms/core'
import { checkEqual } from '../check.ts'
import { type GroupedCase, group } from '../conformance-case.ts'
import { logprobs, readAnswer, toolCalls } from '../sample-answers.ts'
import type { WireAnswer } from '../vendor-wire.ts'

export const responseCases: readonly GroupedCase[] = group('response', [
  {
    id: 'text',
    proves: 'The text of the answer is read whole.',
    needs: 'wire',
    async run(bench) {
      checkEqual((await readAnswer(bench)).text, 'Once upon a time.', 'response.text')
    },
  },
  {
    id: 'empty-text',
    proves: 'An answer without a word is an answer: its text is empty.',
    needs: 'wire',
    async run(bench) {
      checkEqual((await readAnswer(bench, { text: [''] })).text, '', 'response.text')
    },
  },
  {
    id: 'finish-kind',
    proves: "Each of the vendor's reasons to end is read as the portable kind.",
    needs: 'wire',
    async run(bench) {
      for (const [kind, finish] of Object.entries(bench.wire.finishReasons)) {
        const response = await readAnswer(bench, { finish, ...besideFinish(kind as FinishKind) })
        checkEqual(response.finish.kind, kind, `finish.kind for "${finish}"`)
      }
    },
  },
  {
    id: 'finish-raw',
    proves: "`finish.raw` has the vendor's own word.",
    needs: 'wire',
    async run(bench) {
      for (const [kind, finish] of Object.entries(bench.wire.finishReasons)) {
        const response = await readAnswer(bench, { finish, ...besideFinish(kind as FinishKind) })
        checkEqual(response.finish.raw, finish, 'finish.raw')
      }
    },
  },
  {
    id: 'finish-unknown',
    proves: 'A reason that did not exist when the driver was written is `other`, and never a normal end.',
    needs: 'wire',
    async run(bench) {
      const { finish } = await readAnswer(bench, { finish: 'conformance_reason' })
      checkEqual(finish.kind, 'other', 'finish.kind for an unknown reason')
    },
  },
  {
    id: 'usage',
    proves: "The vendor's own token counts are read.",
    needs: 'wire',
    capability: true,
    async run(bench) {
      const { usage } = await readAnswer(bench)
      checkEqual(usage?.inputTokens, 11, 'usage.inputTokens')
      checkEqual(usage?.outputTokens, 7, 'usage.outputTokens')
    },
  },
  {
    id: 'usage-absent',
    proves: 'Usage that the vendor did not report is absent, and never 0.',
    needs: 'wire',
    async run(bench) {
      const { usage } = await readAnswer(bench, { usage: undefined })
      checkEqual(usage?.inputTokens, undefined, 'usage.inputTokens')
      checkEqual(usage?.outputTokens, undefined, 'usage.outputTokens')
    },
  },
  {
    id: 'served-model',
    proves: '`served.model` is what the answer says, and never the model that was asked for.',
    needs: 'wire',
    capability: true,
    async run(bench) {
      checkEqual((await readAnswer(bench)).served.model, 'conformance-served-1', 'served.model')
      const { served } = await readAnswer(bench, { model: undefined })
      checkEqual(served.model, undefined, 'served.model of an answer that names no model')
    },
  },
  {
    id: 'served-absent',
    proves: 'An id or fingerprint that the answer does not have stays absent; none is made up.',
    needs: 'wire',
    async run(bench) {
      const absent = { responseId: undefined, requestId: undefined, fingerprint: undefined }
      const { served } = await readAnswer(bench, absent)
      for (const field of Object.keys(absent) as (keyof typeof absent)[])
        checkEqual(served[field], undefined, `served.${field}`)
    },
  },
  {
    id: 'served-response-id',
    proves: '`served.responseId` is the id in the body.',
    needs: 'wire',
    capability: true,
    async run(bench) {
      checkEqual((await readAnswer(bench)).served.responseId, 'response-conformance-1', 'served.responseId')
    },
  },
  {
    id: 'served-request-id',
    proves: "`served.requestId` is the id in the vendor's header.",
    needs: 'wire',
    capability: true,
    async run(bench) {
      checkEqual((await readAnswer(bench)).served.requestId, 'request-conformance-1', 'served.requestId')
    },
  },
  {
    id: 'served-fingerprint',
    proves: "`served.fingerprint` is the vendor's fingerprint of its backend.",
    needs: 'wire',
    capability: true,
    async run(bench) {
      checkEqual((await readAnswer(bench)).served.fingerprint, 'fp-conformance-1', 'served.fingerprint')
    },
  },
  {
    id: 'http-facts',
    proves: '`response.http` has the status and the headers, without cookies.',
    needs: 'wire',
    capability: true,
    async run(bench) {
      bench.play((request) => {
        const reply = bench.wire.answer(bench.answer(), request)
        return { ...reply, headers: { ...reply.headers, 'x-conformance': 'yes', 'set-cookie': 'session=secret' } }
      })
      const { http } = await (await bench.model()).respond('Once upon a time')
      checkEqual(http?.status, 200, 'http.status')
      checkEqual(http?.headers['x-conformance'], 'yes', 'http.headers["x-conformance"]')
      checkEqual(http?.headers['set-cookie'], undefined, 'http.headers["set-cookie"]')
    },
  },
  {
    id: 'raw-body',
    proves: '`response.raw` is the body as received, fields that the driver does not know included.',
    needs: 'wire',
    async run(bench) {
      let sent = ''
      bench.playBody((body) => (sent = body.replace('{', '{"conformance_field":{"snake_case":[1]},')))
      const { raw } = await (await bench.model()).respond('Once upon a time')
      checkEqual(raw, JSON.parse(sent), 'response.raw')
    },
  },
  {
    id: 'json-round-trip',
    proves: 'A response survives `JSON.parse(JSON.stringify(response))` unchanged, of `respond` and of a stream.',
    needs: 'driver',
    async run(bench) {
      if (bench.description.wire !== undefined) bench.playAnswer({ toolCalls, logprobs, text: ['Once ', 'upon.'] })
      const model = await bench.model()
      const options = bench.shortAnswer(await bench.driver())
      for (const response of [
        await model.respond('Once upon a time', options),
        await model.stream('Once upon a time', options).response,
      ])
        checkEqual(response, JSON.parse(JSON.stringify(response)), 'The response')
    },
  },
])

/** Several vendors have no word of its own for these endings: what the answer holds says it. */
function besideFinish(kind: FinishKind): Partial<WireAnswer> {
  if (kind === 'tool-calls') return { text: [''], toolCalls }
  return kind === 'refusal' ? { text: [''], refusal: 'I cannot help with that.' } : {}
}

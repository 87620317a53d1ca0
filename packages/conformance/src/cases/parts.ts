import { checkEqual } from '../check.ts'
import { type GroupedCase, group } from '../conformance-case.ts'
import { logprobs, readAnswer, toolAnswer, toolCalls } from '../sample-answers.ts'

/** What an answer can hold beside its text. */
export const partCases: readonly GroupedCase[] = group('response', [
  {
    id: 'tool-calls',
    proves: 'Every tool call of an answer is a part, with its id, name and arguments, in order.',
    needs: 'wire',
    capability: true,
    async run(bench) {
      const { parts } = await readAnswer(bench, toolAnswer(bench))
      const calls = parts.filter((part) => part.type === 'tool-call')
      checkEqual(
        calls.map(({ name }) => name),
        ['get_weather', 'get_time'],
        'The names of the tool calls',
      )
      checkEqual(
        calls.map((call) => JSON.parse(call.arguments) as unknown),
        [{ city: 'Oslo' }, { zone: 'CET' }],
        'The arguments of the tool calls',
      )
      checkEqual(new Set(calls.map(({ id }) => id)).size, 2, 'The number of different ids')
    },
  },
  {
    id: 'tool-call-ids',
    proves: "A tool call keeps the vendor's id.",
    needs: 'wire',
    capability: true,
    async run(bench) {
      const [first] = toolCalls
      const { parts } = await readAnswer(bench, { ...toolAnswer(bench), toolCalls: [first!] })
      checkEqual(parts.find((part) => part.type === 'tool-call')?.id, first!.id, "The tool call's id")
    },
  },
  {
    id: 'malformed-arguments',
    proves: 'Arguments that are no JSON are kept as the model wrote them: that is evidence, and no error.',
    needs: 'wire',
    capability: true,
    async run(bench) {
      const torn = { id: 'call_a', name: 'get_weather', arguments: '{"city": "Os' }
      const { parts } = await readAnswer(bench, { ...toolAnswer(bench), toolCalls: [torn] })
      checkEqual(parts.find((part) => part.type === 'tool-call')?.arguments, torn.arguments, 'The arguments')
    },
  },
  {
    id: 'reasoning',
    proves: "The model's thinking is a part of its own, and not in the text.",
    needs: 'wire',
    capability: true,
    async run(bench) {
      const { text, parts } = await readAnswer(bench, { reasoning: ['First I ', 'think.'] })
      checkEqual(
        parts.flatMap((part) => (part.type === 'reasoning' ? [part.text] : [])).join(''),
        'First I think.',
        'The reasoning parts',
      )
      checkEqual(text, 'Once upon a time.', 'response.text')
    },
  },
  {
    id: 'refusal',
    proves: 'A refusal is a part of its own, and not in the text.',
    needs: 'wire',
    capability: true,
    async run(bench) {
      const { text, parts } = await readAnswer(bench, { text: [], refusal: 'I cannot help with that.' })
      checkEqual(parts.find((part) => part.type === 'refusal')?.text, 'I cannot help with that.', 'The refusal part')
      checkEqual(text, '', 'response.text')
    },
  },
  {
    id: 'logprobs',
    proves: 'Log probabilities are read in the one shape: each token, its own, and the alternatives.',
    needs: 'wire',
    capability: true,
    async run(bench) {
      bench.playAnswer({ text: ['Once ', 'upon.'], logprobs })
      const driver = await bench.driver()
      const { logprobs: got = [] } = await driver.respond(
        bench.request({ options: { logprobs: true, topLogprobs: 2 } }),
      )
      checkEqual(
        got.map(({ token, logprob, top = [] }) => ({
          token,
          logprob,
          top: top.map((other) => ({ token: other.token, logprob: other.logprob })),
        })),
        logprobs,
        'response.logprobs',
      )
    },
  },
])

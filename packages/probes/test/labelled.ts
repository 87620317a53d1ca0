import { readFileSync } from 'node:fs'
import {
  DriverModel,
  DummyModel,
  InsideLLMsError,
  type JsonObject,
  type JsonValue,
  type Model,
  type Probe,
} from '@insidellms/core'

/** An answer of a model that works with tools. */
interface CallTurn {
  calls: { name: string; arguments: JsonObject | string }[]
}

/** A hand-labelled answer: what a person says the probe should find. */
export interface LabelledAnswer {
  label: 'right' | 'wrong' | 'borderline' | 'hostile'
  /** For a reader: what makes it worth a row. */
  why?: string
  item: JsonValue
  /** What the model says; a list for a probe that asks several times. */
  answer: string | (string | CallTurn)[]
  /** What each judge says, for the judge probe. */
  judge?: string[]
  /** Settings of the probe. */
  settings?: JsonObject
  /** The scores that the label demands; others are not compared. `error` is the code of an error. */
  expected: JsonObject
  /** The rule is known to get this one wrong, in the way that the package's README states. */
  disagrees?: string
}

export function readLabelled(probe: string): LabelledAnswer[] {
  return readFileSync(new URL(`labelled/${probe}.jsonl`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as LabelledAnswer)
}

/** What the probe makes of the answer, for the metrics that the label speaks of. */
export async function verdictOf(probe: Probe, { item, answer, expected }: LabelledAnswer): Promise<JsonObject> {
  try {
    const { scores, explanation, primaryMetric } = await probe.run(scriptedModel(answer), item)
    if (!explanation || scores[primaryMetric] === undefined)
      throw new Error('A verdict without reason or primary metric')
    return Object.fromEntries(Object.keys(expected).map((metric) => [metric, scores[metric] ?? null]))
  } catch (error) {
    if (InsideLLMsError.isInstance(error)) return { error: error.code }
    throw error
  }
}

/** Says one answer after the other. */
export function scriptedModel(answer: LabelledAnswer['answer']): Model {
  if (typeof answer === 'string') return new DummyModel({ response: answer })
  const left = [...answer]
  return new DriverModel({
    specVersion: 1,
    supports: ['tools'],
    info: () => ({
      name: 'scripted',
      provider: 'test',
      modelId: 'scripted',
      maxTokens: null,
      supportsStreaming: false,
      supportsChat: true,
      extra: {},
    }),
    async respond() {
      const turn = left.shift()
      if (turn === undefined) throw new InsideLLMsError('server', 'The script is over.', { retryable: false })
      if (typeof turn === 'string')
        return { parts: [{ type: 'text', text: turn }], finish: { kind: 'stop', raw: 'stop' }, ledger: {}, served: {} }
      return {
        parts: turn.calls.map(({ name, arguments: args }, index) => ({
          type: 'tool-call',
          id: `call_${left.length}_${index}`,
          name,
          arguments: typeof args === 'string' ? args : JSON.stringify(args),
        })),
        finish: { kind: 'tool-calls', raw: 'tool_calls' },
        ledger: {},
        served: {},
      }
    },
  })
}

import type { ChatMessage, DatasetItem, GenerateOptions, ModelResponse } from '@insidellms/core'
import type { RecordedCall } from '../replay/recorded-call.ts'
import type { CallKey } from '../run/call-log.ts'
import type { CallRequest } from '../run/call-request.ts'
import type { Experiment } from '../run/experiment.ts'
import { askedModel, type CallContext, ItemCalls } from '../run/item-calls.ts'
import { ItemModel } from '../run/item-model.ts'
import { withinItem } from '../run/judge-model.ts'
import { countTokens } from './count-tokens.ts'
import type { SampledItem } from './item-sample.ts'

/** A call that a probe would make. */
export interface RehearsedCall {
  /** The label of the model, or of the judge. */
  model: string
  inputTokens: number
  /** Whether `inputTokens` is a guess. */
  estimated: boolean
  /** Its `maxTokens`; absent where none is sent. */
  outputAtMost?: number
}

/** What every model answers in a rehearsal: short, and a grade that our judge's probe can read. */
const answer = 'yes\nGrade: 1'

/**
 * Runs a probe on one item with a made-up answer to every call, and says which calls it made, those of judges too. Nothing
 * is sent. A probe that asks on depending on the answers may ask more in a real run.
 */
export async function rehearseItem(experiment: Experiment, { item, index }: SampledItem): Promise<RehearsedCall[]> {
  const { model, probe, options } = experiment
  const asked = askedModel(model, options)
  const key = { model: model.label, probe: probe.label, exampleId: String(index), itemIndex: index, repeat: 0 }
  const calls = new ItemCalls(context, key)
  try {
    await withinItem(calls, () => probe.probe.run(new ItemModel(calls, asked), item as DatasetItem))
  } catch {
    // The made-up answer was no good; the calls up to it are what is wanted.
  }
  const made: RehearsedCall[] = []
  let answers = 0
  for (const { asked: one, request } of calls.made) {
    const given = JSON.parse(request.options) as GenerateOptions
    const { tokens, estimated } = await countTokens(one.model, JSON.parse(request.messages) as ChatMessage[], given)
    made.push({
      model: one.label,
      // A judge reads what the model may have answered.
      inputTokens: one.judge ? tokens + answers : tokens,
      estimated: estimated || (one.judge && answers > 0),
      ...(given.maxTokens !== undefined && { outputAtMost: given.maxTokens }),
    })
    if (!one.judge) answers += given.maxTokens ?? 0
  }
  return made
}

const context: CallContext = {
  log: () => undefined,
  recall: (request, key) => ({ call: madeUp(request, key), logged: true }),
}

function madeUp(request: CallRequest, key: CallKey): RecordedCall {
  const response: ModelResponse = {
    text: answer,
    parts: [{ type: 'text', text: answer }],
    finish: { kind: 'stop', raw: null },
    ledger: {},
    served: {},
    timing: { startedAt: new Date(0).toISOString(), totalMs: 0, attempts: 0 },
  }
  return { key, requestHash: request.hash, messages: [], options: {}, outcome: { response } }
}

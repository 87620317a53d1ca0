import {
  type ChatMessage,
  type GenerateOptions,
  InsideLLMsError,
  type Model,
  type ModelEvent,
  type ModelInfo,
  type ModelResponse,
} from '@insidellms/core'
import { canonicalJson } from '../canonical-json.ts'
import { answerOf, eventsOf, type RecordedCall } from '../replay/recorded-call.ts'
import { type CallKey, callLine, type CallOutcome, type TimedDelta } from './call-log.ts'
import { type CallRequest, describeRequest, optionsText } from './call-request.ts'

/** A model with what is the same in each of its calls. */
export interface AskedModel {
  label: string
  model: Model
  info: ModelInfo
  /** Options for every call. */
  options: GenerateOptions
  /** `optionsText(options)`, worked out once. */
  optionsText: string
  /** Provider and model id as canonical JSON: part of every request's hash. */
  identity: string
  /** Whether it grades answers, and is not the one that is measured. */
  judge: boolean
}

export function askedModel(
  { label, model, info }: Pick<AskedModel, 'label' | 'model' | 'info'>,
  options: GenerateOptions,
  judge: boolean = false,
): AskedModel {
  const identity = canonicalJson({ model_id: info.modelId, provider: info.provider })
  return { label, model, info, options, optionsText: optionsText(options), identity, judge }
}

/** Gives a recorded call, and whether this run's calls.jsonl has it already. It throws when nothing new may be asked. */
export type Recall = (request: CallRequest, key: CallKey) => { call: RecordedCall; logged: boolean } | undefined

/** What the calls of a run have in common. */
export interface CallContext {
  /** Takes a line for calls.jsonl. */
  log(line: string): void
  recall?: Recall
}

/** A call that was made, in the order of asking. */
export interface MadeCall {
  asked: AskedModel
  request: CallRequest
  /** Absent when the call failed, or was left before its end. */
  response?: ModelResponse
}

/** The calls of one item: each is noted before the probe sees its answer. */
export class ItemCalls {
  readonly made: MadeCall[] = []
  /** Whether a call was cut off by the end of the run: the item is then not done. */
  interrupted = false
  readonly #context: CallContext
  readonly #key: Omit<CallKey, 'call' | 'judge'>
  readonly #signal: AbortSignal | undefined

  /** @param signal Ends every call. */
  constructor(context: CallContext, key: Omit<CallKey, 'call' | 'judge'>, signal?: AbortSignal) {
    this.#context = context
    this.#key = key
    this.#signal = signal
  }

  async respond(asked: AskedModel, input: string | ChatMessage[], options?: GenerateOptions): Promise<ModelResponse> {
    const { merged, key, made } = this.#begin(asked, input, options)
    const recorded = this.#recall(key, made)
    if (recorded !== undefined) return answerOf(recorded)
    try {
      const response = checkResponse(await asked.model.respond(input, merged), asked)
      this.#end(key, made, { response })
      return response
    } catch (error) {
      this.#end(key, made, { error })
      throw error
    }
  }

  async *events(
    asked: AskedModel,
    input: string | ChatMessage[],
    options?: GenerateOptions,
  ): AsyncIterable<ModelEvent> {
    const { merged, key, made } = this.#begin(asked, input, options)
    const recorded = this.#recall(key, made)
    if (recorded !== undefined) return yield* eventsOf(recorded)
    const deltas: TimedDelta[] = []
    const start = performance.now()
    let ended = false
    const end = (outcome: CallOutcome): void => {
      if (!ended) this.#end(key, made, outcome, deltas)
      ended = true
    }
    try {
      for await (const event of asked.model.events(input, merged)) {
        // Before it is handed over: a reader may stop at it and never come back.
        if (event.type === 'finish') end({ response: checkResponse(event.response, asked) })
        else deltas.push([performance.now() - start, event])
        yield event
      }
    } catch (error) {
      end({ error })
      throw error
    } finally {
      end({ left: true })
    }
  }

  #begin(
    asked: AskedModel,
    input: string | ChatMessage[],
    given: GenerateOptions | undefined,
  ): { merged: GenerateOptions; key: CallKey; made: MadeCall } {
    const merged = mergeCall(asked.options, given, this.#signal)
    const text = given === undefined ? asked.optionsText : optionsText(merged)
    const made: MadeCall = { asked, request: describeRequest(asked.identity, input, text) }
    const call = this.made.push(made) - 1
    const key: CallKey = asked.judge ? { ...this.#key, judge: asked.label, call } : { ...this.#key, call }
    return { merged, key, made }
  }

  /** A recorded call counts as made: it is noted as it was then. */
  #recall(key: CallKey, made: MadeCall): RecordedCall | undefined {
    let found: ReturnType<Recall>
    try {
      found = this.#context.recall?.(made.request, key)
    } catch (error) {
      this.interrupted = true
      throw error
    }
    if (found === undefined) return undefined
    const { outcome, deltas } = found.call
    if ('response' in outcome) made.response = outcome.response
    if (!found.logged) this.#context.log(callLine(key, made.request, outcome, deltas))
    return found.call
  }

  #end(key: CallKey, made: MadeCall, outcome: CallOutcome, deltas?: TimedDelta[]): void {
    if ('error' in outcome && this.#signal?.aborted && isAborted(outcome.error)) {
      this.interrupted = true
      return
    }
    if ('response' in outcome) made.response = outcome.response
    this.#context.log(callLine(key, made.request, outcome, deltas))
  }
}

/** A model may be anybody's code: what it gives must fit into a record. */
function checkResponse(response: ModelResponse, { label }: AskedModel): ModelResponse {
  const { text, finish, served } = (response ?? {}) as Partial<ModelResponse>
  const missing =
    typeof text !== 'string' ? 'text' : typeof finish?.kind !== 'string' ? 'finish' : served ? '' : 'served'
  if (missing === '') return response
  throw new InsideLLMsError(
    'invalid_response',
    `${label} gave a response without ${missing}. Correct the model's respond().`,
  )
}

function isAborted(error: unknown): boolean {
  return (InsideLLMsError.isInstance(error) && error.code === 'aborted') || (error as Error)?.name === 'AbortError'
}

/** An explicit undefined means "not given"; the end of the run ends every call. */
function mergeCall(
  options: GenerateOptions,
  given: GenerateOptions | undefined,
  run: AbortSignal | undefined,
): GenerateOptions {
  const merged = given === undefined ? { ...options } : { ...options, ...definedOnly(given) }
  if (run !== undefined) merged.signal = merged.signal === undefined ? run : AbortSignal.any([merged.signal, run])
  return merged
}

function definedOnly(options: GenerateOptions): GenerateOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

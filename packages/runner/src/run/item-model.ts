import {
  type ChatMessage,
  type GenerateOptions,
  InsideLLMsError,
  Model,
  type ModelEvent,
  type ModelInfo,
  type ModelResponse,
} from '@insidellms/core'
import { type CallKey, callLine, type CallOutcome, type TimedDelta } from './call-log.ts'
import { type CallRequest, describeRequest, optionsText } from './call-request.ts'
import { answerOf, eventsOf, type RecordedCall } from '../replay/recorded-call.ts'
import type { RunModel } from './experiment.ts'

/** What the calls of one item are made with. */
export interface CallContext {
  model: Pick<RunModel, 'info' | 'model'>
  /** Provider and model id as canonical JSON: part of every request's hash. */
  modelIdentity: string
  options: GenerateOptions
  /** `optionsText(options)`, worked out once. */
  optionsText: string
  /** Ends every call. */
  signal?: AbortSignal
  /** Takes a line for calls.jsonl. */
  log(line: string): void
  /** Answers without asking. It throws when nothing new may be asked. */
  recall?: Recall
}

/** Gives a recorded call, and whether this run's calls.jsonl has it already. */
export type Recall = (request: CallRequest, key: CallKey) => { call: RecordedCall; logged: boolean } | undefined

/**
 * The model that a probe sees. It adds the run's options to every call, and notes what was asked and answered before the
 * probe sees the answer.
 */
export class ItemModel extends Model {
  readonly requests: CallRequest[] = []
  /** By call; a call that failed leaves a hole. */
  readonly responses: (ModelResponse | undefined)[] = []
  /** Whether a call was cut off by the end of the run: the item is then not done. */
  interrupted = false
  readonly #context: CallContext
  readonly #key: Omit<CallKey, 'call'>

  constructor(context: CallContext, key: Omit<CallKey, 'call'>) {
    super(context.model.info.name)
    this.#context = context
    this.#key = key
  }

  info(): ModelInfo {
    return this.#context.model.info
  }

  async generate(prompt: string, options?: GenerateOptions): Promise<string> {
    return (await this.respond(prompt, options)).text
  }

  override async respond(input: string | ChatMessage[], options?: GenerateOptions): Promise<ModelResponse> {
    const { merged, request, call } = this.#begin(input, options)
    const recorded = this.#recall(request, call)
    if (recorded !== undefined) return answerOf(recorded)
    try {
      const response = await this.#context.model.model.respond(input, merged)
      this.#end(call, request, { response })
      return response
    } catch (error) {
      this.#end(call, request, { error })
      throw error
    }
  }

  override async *events(input: string | ChatMessage[], options?: GenerateOptions): AsyncIterable<ModelEvent> {
    const { merged, request, call } = this.#begin(input, options)
    const recorded = this.#recall(request, call)
    if (recorded !== undefined) return yield* eventsOf(recorded)
    const deltas: TimedDelta[] = []
    const start = performance.now()
    let ended = false
    const end = (outcome: CallOutcome): void => {
      if (!ended) this.#end(call, request, outcome, deltas)
      ended = true
    }
    try {
      for await (const event of this.#context.model.model.events(input, merged)) {
        // Before it is handed over: a reader may stop at it and never come back.
        if (event.type === 'finish') end({ response: event.response })
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
    input: string | ChatMessage[],
    given: GenerateOptions | undefined,
  ): { merged: GenerateOptions; request: CallRequest; call: number } {
    const { options, modelIdentity, signal } = this.#context
    const merged = given === undefined ? options : mergeCall(options, given, signal)
    const text = given === undefined ? this.#context.optionsText : optionsText(merged)
    const request = describeRequest(modelIdentity, input, text)
    return { merged, request, call: this.requests.push(request) - 1 }
  }

  /** A recorded call counts as made: it is noted as it was then. */
  #recall(request: CallRequest, call: number): RecordedCall | undefined {
    const key = { ...this.#key, call }
    let found: ReturnType<Recall>
    try {
      found = this.#context.recall?.(request, key)
    } catch (error) {
      this.interrupted = true
      throw error
    }
    if (found === undefined) return undefined
    const { outcome, deltas } = found.call
    this.responses[call] = 'response' in outcome ? outcome.response : undefined
    if (!found.logged) this.#context.log(callLine(key, request, outcome, deltas))
    return found.call
  }

  #end(call: number, request: CallRequest, outcome: CallOutcome, deltas?: TimedDelta[]): void {
    if ('error' in outcome && this.#context.signal?.aborted && isAborted(outcome.error)) {
      this.interrupted = true
      return
    }
    this.responses[call] = 'response' in outcome ? outcome.response : undefined
    this.#context.log(callLine({ ...this.#key, call }, request, outcome, deltas))
  }
}

function isAborted(error: unknown): boolean {
  return (InsideLLMsError.isInstance(error) && error.code === 'aborted') || (error as Error)?.name === 'AbortError'
}

/** An explicit undefined means "not given"; the end of the run ends every call. */
function mergeCall(options: GenerateOptions, given: GenerateOptions, run: AbortSignal | undefined): GenerateOptions {
  const own = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as GenerateOptions
  const both = { ...options, ...own }
  return own.signal === undefined || run === undefined ? both : { ...both, signal: AbortSignal.any([own.signal, run]) }
}

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
import type { RunModel } from './experiment.ts'

/** What the calls of one item are made with. */
export interface CallContext {
  model: RunModel
  /** Provider and model id as canonical JSON: part of every request's hash. */
  modelIdentity: string
  options: GenerateOptions
  /** `optionsText(options)`, worked out once. */
  optionsText: string
  signal: AbortSignal
  /** Takes a line for calls.jsonl. */
  log(line: string): void
}

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
    const deltas: TimedDelta[] = []
    const start = performance.now()
    let outcome: CallOutcome = { left: true }
    try {
      for await (const event of this.#context.model.model.events(input, merged)) {
        if (event.type === 'finish') {
          outcome = { response: event.response }
        } else deltas.push([performance.now() - start, event])
        yield event
      }
    } catch (error) {
      outcome = { error }
      throw error
    } finally {
      this.#end(call, request, outcome, deltas)
    }
  }

  #begin(
    input: string | ChatMessage[],
    given: GenerateOptions | undefined,
  ): { merged: GenerateOptions; request: CallRequest; call: number } {
    const { options, modelIdentity, signal } = this.#context
    const merged = given === undefined ? options : withSignal({ ...options, ...given }, given.signal, signal)
    const text = given === undefined ? this.#context.optionsText : optionsText(merged)
    const request = describeRequest(modelIdentity, input, text)
    return { merged, request, call: this.requests.push(request) - 1 }
  }

  #end(call: number, request: CallRequest, outcome: CallOutcome, deltas?: TimedDelta[]): void {
    if ('error' in outcome && this.#context.signal.aborted && isAborted(outcome.error)) {
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

function withSignal(options: GenerateOptions, own: AbortSignal | undefined, run: AbortSignal): GenerateOptions {
  return { ...options, signal: own === undefined ? run : AbortSignal.any([own, run]) }
}

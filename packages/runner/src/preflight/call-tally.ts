import type { RehearsedCall } from './rehearse-item.ts'

/** What a run would ask of one model, as far as a sample of its items tells. */
export interface CallEstimate {
  /** Absent when no probe came as far as a call with made-up answers. */
  calls?: number
  /** Whether every item of the sample made as many calls; another number may be right where they did not. */
  sameForAll: boolean
  inputTokens?: number
  /** Whether tokens are guessed, and not the engine's own count. */
  estimated: boolean
  /** Tokens of all answers, each as long as its `maxTokens` allows. Absent where a call has none. */
  outputAtMost?: number
  /** The call with the most tokens. */
  longest?: RehearsedCall
}

/** Sums rehearsed calls up to those of a whole run. */
export class CallTally {
  #calls = 0
  #input = 0
  #output: number | undefined = 0
  #estimated = false
  #sameForAll = true
  #longest: RehearsedCall | undefined

  /**
   * The calls of one probe.
   *
   * @param sampled The calls of each item of the sample.
   * @param share Items of the run, repeats included, that an item of the sample stands for.
   */
  add(sampled: readonly (readonly RehearsedCall[])[], share: number): void {
    if (sampled.some((calls) => calls.length !== sampled[0]!.length)) this.#sameForAll = false
    for (const call of sampled.flat()) {
      this.#calls += share
      this.#input += call.inputTokens * share
      if (call.outputAtMost === undefined) this.#output = undefined
      else if (this.#output !== undefined) this.#output += call.outputAtMost * share
      this.see(call)
    }
  }

  /** A call that counts for the longest one only. */
  see(call: RehearsedCall): void {
    this.#estimated ||= call.estimated
    if (this.#longest === undefined || reach(call) > reach(this.#longest)) this.#longest = call
  }

  estimate(): CallEstimate {
    if (this.#calls === 0) return { sameForAll: this.#sameForAll, estimated: true }
    return {
      calls: Math.round(this.#calls),
      sameForAll: this.#sameForAll,
      inputTokens: Math.round(this.#input),
      estimated: this.#estimated,
      ...(this.#output !== undefined && { outputAtMost: Math.round(this.#output) }),
      ...(this.#longest && { longest: this.#longest }),
    }
  }
}

function reach({ inputTokens, outputAtMost = 0 }: RehearsedCall): number {
  return inputTokens + outputAtMost
}

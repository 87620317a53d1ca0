/** How a run stands. */
export interface RunProgress {
  /** Records that are written or wait for an earlier one. */
  done: number
  total: number
  /** Records whose status is not `success`. */
  errors: number
  inputTokens: number
  outputTokens: number
  elapsedMs: number
  /** Records a second since this process began on them, over about the last ten seconds. */
  rate: number
  /** Milliseconds to the end at that rate; absent while it is not known. */
  etaMs?: number
}

const intervalMs = 100
const windowMs = 10_000

/** Counts, and tells about it at most ten times a second. */
export class ProgressMeter {
  readonly #listener: ((progress: RunProgress) => void) | undefined
  readonly #start = performance.now()
  readonly #samples: [time: number, done: number][] = [[0, 0]]
  readonly #first: number
  readonly #total: number
  #done: number
  #errors: number
  #inputTokens = 0
  #outputTokens = 0
  #toldAt = Number.NEGATIVE_INFINITY

  /**
   * @param first Records that were done before.
   * @param errors How many of those are errors.
   */
  constructor(total: number, first: number, errors: number, listener: ((progress: RunProgress) => void) | undefined) {
    this.#total = total
    this.#errors = errors
    this.#first = first
    this.#done = first
    this.#listener = listener
  }

  add(failed: boolean, inputTokens: number, outputTokens: number): void {
    this.#done++
    if (failed) this.#errors++
    this.#inputTokens += inputTokens
    this.#outputTokens += outputTokens
    if (this.#listener !== undefined && performance.now() - this.#toldAt >= intervalMs) this.tell()
  }

  tell(): void {
    if (this.#listener === undefined) return
    this.#toldAt = performance.now()
    this.#listener(this.snapshot())
  }

  snapshot(): RunProgress {
    const elapsedMs = performance.now() - this.#start
    const fresh = this.#done - this.#first
    this.#samples.push([elapsedMs, fresh])
    while (this.#samples.length > 2 && this.#samples[1]![0] < elapsedMs - windowMs) this.#samples.shift()
    const [sinceMs, since] = this.#samples[0]!
    const rate = elapsedMs > sinceMs ? ((fresh - since) / (elapsedMs - sinceMs)) * 1000 : 0
    return {
      done: this.#done,
      total: this.#total,
      errors: this.#errors,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      elapsedMs,
      rate,
      ...(rate > 0 && { etaMs: ((this.#total - this.#done) / rate) * 1000 }),
    }
  }
}

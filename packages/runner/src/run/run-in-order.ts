/** What `runInOrder` runs. */
export interface OrderedWork<Task, Result> {
  /** The next task that is at hand, or undefined. */
  next(): Task | undefined
  /** Whether there are no more tasks to come. */
  ended(): boolean
  /** Makes more tasks be at hand. */
  refill(): Promise<void>
  /** Undefined when the task was cut off. */
  run(task: Task): Promise<Result | undefined>
  /** Gets the results in the order of the tasks. */
  deliver(result: Result, task: Task): void
  /** What a waiting result weighs, in characters. */
  weigh(result: Result): number
}

export interface OrderLimits {
  concurrency: number
  /** Tasks that may be begun before the oldest unfinished one is done. */
  window: number
  /** Weight of the results that wait for an earlier one. No task is begun above it. */
  maxWaitingWeight: number
  signal: AbortSignal
}

/**
 * Runs tasks side by side and delivers their results in order. Memory is bounded by the window, whatever the number of
 * tasks; one slow task does not hold the others up until the window is full.
 *
 * When the signal aborts, no task is begun any more, and it resolves as soon as those under way have ended; results
 * behind an unfinished task are not delivered.
 *
 * @throws what a task, `deliver` or `refill` throws, once nothing runs any more.
 */
export function runInOrder<Task, Result>(work: OrderedWork<Task, Result>, limits: OrderLimits): Promise<void> {
  return new OrderedRun(work, limits).start()
}

class OrderedRun<Task, Result> {
  readonly #work: OrderedWork<Task, Result>
  readonly #limits: OrderLimits
  /** Results that wait, by the task's number modulo the window. */
  readonly #waiting: ({ task: Task; result: Result } | undefined)[]
  readonly #end = Promise.withResolvers<void>()
  #head = 0
  #begun = 0
  #running = 0
  #waitingWeight = 0
  #refilling = false
  #scheduled = false
  #failure: { error: unknown } | undefined

  constructor(work: OrderedWork<Task, Result>, limits: OrderLimits) {
    this.#work = work
    this.#limits = limits
    this.#waiting = Array.from({ length: limits.window })
  }

  start(): Promise<void> {
    this.#limits.signal.addEventListener('abort', this.#pump)
    this.#pump()
    return this.#end.promise
  }

  readonly #pump = (): void => {
    while (this.#mayBegin()) {
      const task = this.#work.next()
      if (task === undefined) {
        if (!this.#refilling && !this.#work.ended()) this.#refill()
        break
      }
      this.#begin(task)
    }
    const over = this.#failure !== undefined || this.#limits.signal.aborted || this.#work.ended()
    if (over && this.#running === 0 && !this.#refilling) this.#settle()
  }

  #mayBegin(): boolean {
    const { concurrency, window, maxWaitingWeight, signal } = this.#limits
    return (
      this.#failure === undefined &&
      !signal.aborted &&
      this.#running < concurrency &&
      this.#begun - this.#head < window &&
      this.#waitingWeight <= maxWaitingWeight
    )
  }

  #begin(task: Task): void {
    const index = this.#begun++
    this.#running++
    this.#work.run(task).then(
      (result) => {
        this.#running--
        // A task that was cut off leaves its place empty: what follows it must not be delivered either.
        if (result !== undefined) this.#keep(index, task, result)
        this.#pumpSoon()
      },
      (error: unknown) => {
        this.#running--
        this.#fail(error)
      },
    )
  }

  /**
   * At the end of the event loop's turn, so that the answers that came in together are followed by requests that go out
   * together. Beginning each task at once takes nearly twice the CPU: every single request wakes the network up.
   */
  #pumpSoon(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  #keep(index: number, task: Task, result: Result): void {
    this.#waiting[index % this.#limits.window] = { task, result }
    this.#waitingWeight += this.#work.weigh(result)
    try {
      if (index === this.#head) this.#deliverReady()
    } catch (error) {
      this.#failure ??= { error }
    }
  }

  #deliverReady(): void {
    for (;;) {
      const at = this.#head % this.#limits.window
      const next = this.#waiting[at]
      if (next === undefined) return
      this.#waiting[at] = undefined
      this.#head++
      this.#waitingWeight -= this.#work.weigh(next.result)
      this.#work.deliver(next.result, next.task)
    }
  }

  #refill(): void {
    this.#refilling = true
    this.#work.refill().then(
      () => {
        this.#refilling = false
        this.#pump()
      },
      (error: unknown) => {
        this.#refilling = false
        this.#fail(error)
      },
    )
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#pump()
  }

  #settle(): void {
    this.#limits.signal.removeEventListener('abort', this.#pump)
    if (this.#failure === undefined) this.#end.resolve()
    else this.#end.reject(this.#failure.error)
  }
}

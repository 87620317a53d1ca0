import { InsideLLMsError } from './insidellms-error.ts'

export const defaultTimeoutMs = 600_000

/**
 * One attempt's end, whichever comes first of the caller's abort and the timeout. `close` takes the listener and the
 * timer away again; a deadline that is not closed would keep both.
 */
export class Deadline {
  readonly signal: AbortSignal
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal | undefined
  readonly #timer: ReturnType<typeof setTimeout>
  #reject: ((reason: unknown) => void) | undefined

  constructor(outer: AbortSignal | undefined, timeoutMs: number = defaultTimeoutMs) {
    this.signal = this.#controller.signal
    this.#outer = outer
    // Node fires timers above 2^31-1 ms at once.
    this.#timer = setTimeout(this.#expire, Math.min(timeoutMs, 2 ** 31 - 1), timeoutMs)
    if (outer?.aborted) this.#follow()
    else outer?.addEventListener('abort', this.#follow)
  }

  readonly #follow = (): void => this.#end(abortedError(this.#outer?.reason))

  readonly #expire = (timeoutMs: number): void =>
    this.#end(
      new InsideLLMsError(
        'timeout',
        `No complete answer within ${timeoutMs} ms. Raise timeoutMs, or ask for fewer tokens.`,
      ),
    )

  /** Ends the attempt from inside, for a stream that its reader left. */
  abort(): void {
    this.#end(abortedError(undefined))
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#outer?.removeEventListener('abort', this.#follow)
  }

  /**
   * Settles as `promise` does, or rejects at the deadline: a driver that ignores its signal cannot hang a call. One race
   * at a time; it costs no listener, because a stream runs one per chunk.
   */
  race<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.signal.aborted) reject(this.signal.reason)
      this.#reject = reject
      promise.then(resolve, reject)
    })
  }

  #end(reason: InsideLLMsError): void {
    this.#controller.abort(reason)
    this.#reject?.(reason)
  }
}

export function abortedError(cause: unknown): InsideLLMsError {
  return new InsideLLMsError('aborted', 'The call was aborted by its caller.', { cause })
}

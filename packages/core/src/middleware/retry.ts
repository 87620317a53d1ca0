import { delay } from '../delay.ts'
import { InsideLLMsError } from '../insidellms-error.ts'
import type { Middleware, ModelRequest, PreparedDriver } from '../model-driver.ts'
import type { ModelEvent } from '../model-event.ts'
import type { ModelResponse } from '../model-response.ts'
import { FinishMaps, mapFinish, type ModelEvents } from '../map-finish.ts'

export interface RetryOptions {
  /** Attempts after the first. Default: 2. */
  maxRetries?: number
  /** The wait before the second attempt when the vendor names none; it doubles each time. Milliseconds. Default: 500. */
  baseDelayMs?: number
  /** The longest wait of our own choosing; a `retry-after` is honoured whatever its length. Milliseconds. Default: 30 000. */
  maxDelayMs?: number
  /**
   * The time for all attempts and waits together. A wait that would pass it is not begun: the error comes at once.
   * Milliseconds. Default: 600 000 (10 minutes).
   */
  deadlineMs?: number
  /** Told of each wait, for a log or a progress line. */
  onRetry?: (event: { attempt: number; delayMs: number; error: InsideLLMsError }) => void
}

/**
 * Asks again after an error that may pass: 408, 409, 429, 5xx and broken connections, never another 4xx. A stream is
 * asked again only before its first delta. Counts in `timing.attempts` and in the error's `attempts`.
 *
 * Waits follow "full jitter" (M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015).
 *
 * @throws {InsideLLMsError} `config` for a negative or fractional `maxRetries`, or a negative time.
 */
export function retry(options: RetryOptions = {}): Middleware {
  const { maxRetries = 2, baseDelayMs = 500, maxDelayMs = 30_000, deadlineMs = 600_000, onRetry } = options
  if (!Number.isSafeInteger(maxRetries) || maxRetries < 0)
    throw new InsideLLMsError('config', `maxRetries must be a whole number, 0 or more; it is ${maxRetries}.`)
  for (const [name, value] of Object.entries({ baseDelayMs, maxDelayMs, deadlineMs }))
    if (!(value >= 0)) throw new InsideLLMsError('config', `${name} must be a number of 0 or more; it is ${value}.`)
  const policy: Policy = { maxRetries, baseDelayMs, maxDelayMs, deadlineMs, onRetry }
  if (maxRetries === 0) return (driver) => driver
  return (driver) => ({
    ...driver,
    async respond(request) {
      const attempts = new Attempts(policy, request.signal)
      for (;;) {
        try {
          return attempts.stamp(await driver.respond(request))
        } catch (error) {
          await attempts.waitAfter(error)
        }
      }
    },
    events(request) {
      return retryEvents(driver, request, new Attempts(policy, request.signal))
    },
  })
}

type Policy = Required<Omit<RetryOptions, 'onRetry'>> & { onRetry: RetryOptions['onRetry'] }

/** After the first event the inner iterator is used as it is, so that retrying costs a long stream nothing. */
function retryEvents(driver: PreparedDriver, request: ModelRequest, attempts: Attempts): ModelEvents {
  const maps = new FinishMaps()
  const open = (): ModelEvents =>
    mapFinish(
      () => driver.events(request),
      (response) => maps.apply(attempts.stamp(response)),
    )
  let inner = open()
  let begun = false
  const first = async (): Promise<IteratorResult<ModelEvent>> => {
    for (;;) {
      try {
        const result = await inner.next()
        begun = true
        return result
      } catch (error) {
        await attempts.waitAfter(error)
        inner = open()
      }
    }
  }
  return maps.attach({
    [Symbol.asyncIterator]() {
      return this
    },
    next: () => (begun ? inner.next() : first()),
    async return() {
      attempts.leave()
      return (await inner.return?.()) ?? { done: true, value: undefined }
    },
  } satisfies AsyncIterableIterator<ModelEvent>)
}

class Attempts {
  readonly #policy: Policy
  readonly #signal: AbortSignal | undefined
  readonly #startedAt = Date.now()
  readonly #start = performance.now()
  #count = 1
  #left = false
  #waiting: AbortController | undefined

  constructor(policy: Policy, signal: AbortSignal | undefined) {
    this.#policy = policy
    this.#signal = signal
  }

  stamp(response: ModelResponse): ModelResponse {
    if (this.#count === 1) return response
    const waited = Date.parse(response.timing.startedAt) - this.#startedAt
    const { firstTokenMs } = response.timing
    response.timing = {
      ...response.timing,
      startedAt: new Date(this.#startedAt).toISOString(),
      ...(firstTokenMs !== undefined && { firstTokenMs: firstTokenMs + waited }),
      totalMs: performance.now() - this.#start,
      attempts: this.#count,
    }
    return response
  }

  /** Waits for the next attempt, or throws the error when there is none. */
  async waitAfter(error: unknown): Promise<void> {
    if (!InsideLLMsError.isInstance(error)) throw error
    const { maxRetries, baseDelayMs, maxDelayMs, deadlineMs, onRetry } = this.#policy
    const backoff = Math.random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (this.#count - 1))
    const delayMs = error.retryAfterMs ?? backoff
    const left = deadlineMs - (performance.now() - this.#start)
    if (this.#left || !mayPass(error) || this.#count > maxRetries || delayMs > left) throw this.#counted(error)
    onRetry?.({ attempt: this.#count, delayMs, error })
    await this.#wait(delayMs, error)
    this.#count++
  }

  /** The reader has gone: no further attempt. */
  leave(): void {
    this.#left = true
    this.#waiting?.abort()
  }

  async #wait(delayMs: number, { provider, modelId }: InsideLLMsError): Promise<void> {
    this.#waiting = new AbortController()
    const follow = (): void => this.#waiting?.abort(this.#signal?.reason)
    if (this.#signal?.aborted) follow()
    this.#signal?.addEventListener('abort', follow)
    try {
      await delay(delayMs, this.#waiting.signal)
    } catch (error) {
      throw this.#counted(Object.assign(error as InsideLLMsError, { provider, modelId }))
    } finally {
      this.#signal?.removeEventListener('abort', follow)
    }
  }

  #counted(error: InsideLLMsError): InsideLLMsError {
    return Object.assign(error, { attempts: this.#count })
  }
}

/** The status has the last word: a 4xx other than these says that the request itself is wrong. */
function mayPass({ retryable, status }: InsideLLMsError): boolean {
  const clientError = status !== undefined && status >= 400 && status < 500
  return retryable && (!clientError || status === 408 || status === 409 || status === 429)
}

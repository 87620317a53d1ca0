import { delay } from '../delay.ts'
import { InsideLLMsError } from '../insidellms-error.ts'
import type { Middleware, ModelRequest, PreparedDriver } from '../model-driver.ts'
import type { ModelEvent } from '../model-event.ts'
import type { ModelResponse } from '../model-response.ts'
import { mapFinish } from '../map-finish.ts'

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
 * @throws {InsideLLMsError} `config` for a negative or fractional `maxRetries`.
 */
export function retry(options: RetryOptions = {}): Middleware {
  const policy = { maxRetries: 2, baseDelayMs: 500, maxDelayMs: 30_000, deadlineMs: 600_000, ...options }
  if (!Number.isSafeInteger(policy.maxRetries) || policy.maxRetries < 0)
    throw new InsideLLMsError('config', `maxRetries must be a whole number, 0 or more; it is ${policy.maxRetries}.`)
  if (policy.maxRetries === 0) return (driver) => driver
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
      const attempts = new Attempts(policy, request.signal)
      return mapFinish(
        () => retryEvents(driver, request, attempts),
        (response) => attempts.stamp(response),
      )
    },
  })
}

type Policy = Required<Omit<RetryOptions, 'onRetry'>> & Pick<RetryOptions, 'onRetry'>

/** After the first event the inner iterator is used as it is, so that retrying costs a long stream nothing. */
function retryEvents(
  driver: PreparedDriver,
  request: ModelRequest,
  attempts: Attempts,
): AsyncIterableIterator<ModelEvent> {
  let inner = driver.events(request)
  let begun = false
  const first = async (): Promise<IteratorResult<ModelEvent>> => {
    for (;;) {
      try {
        const result = await inner.next()
        begun = true
        return result
      } catch (error) {
        await attempts.waitAfter(error)
        inner = driver.events(request)
      }
    }
  }
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: () => (begun ? inner.next() : first()),
    return: async () => (await inner.return?.()) ?? { done: true, value: undefined },
  }
}

class Attempts {
  readonly #policy: Policy
  readonly #signal: AbortSignal | undefined
  readonly #startedAt = Date.now()
  readonly #start = performance.now()
  #count = 1

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
    if (!error.retryable || this.#count > maxRetries || delayMs > left) throw withAttempts(error, this.#count)
    onRetry?.({ attempt: this.#count, delayMs, error })
    await delay(delayMs, this.#signal)
    this.#count++
  }
}

function withAttempts(error: InsideLLMsError, attempts: number): InsideLLMsError {
  return Object.assign(error, { attempts })
}

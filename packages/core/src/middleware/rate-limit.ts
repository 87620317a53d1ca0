import { abortedError } from '../deadline.ts'
import { delay } from '../delay.ts'
import { InsideLLMsError } from '../insidellms-error.ts'
import { mapFinish } from '../map-finish.ts'
import type { Middleware, ModelRequest } from '../model-driver.ts'
import type { ModelEvent } from '../model-event.ts'
import type { Usage } from '../model-response.ts'

export interface RateLimitOptions {
  /** Calls to begin per minute, on the average. Default: no limit. */
  requestsPerMinute?: number
  /** Tokens per minute, of prompts and answers together, on the average. Default: no limit. */
  tokensPerMinute?: number
}

/**
 * Begins calls no faster than the vendor allows. Each call reserves what it is likely to use (characters / 4, and
 * `maxTokens`) and is charged what the response reports. Calls wait in their order, and can be aborted while they wait.
 *
 * A token bucket like the vendors' own (RFC 2697): it holds one minute's allowance, begins full, and fills again
 * evenly. A call that fails keeps what it reserved, because vendors count it too. To count each attempt and not each
 * call, set `maxRetries: 0` and put `retry()` before this one in `middleware`.
 *
 * @throws {InsideLLMsError} `config` when a limit is not above 0.
 */
export function rateLimit(options: RateLimitOptions): Middleware {
  const requests = new Bucket('requestsPerMinute', options.requestsPerMinute)
  const tokens = new Bucket('tokensPerMinute', options.tokensPerMinute)
  const admit = async (request: ModelRequest): Promise<number> => {
    await requests.take(1, request.signal)
    if (options.tokensPerMinute === undefined) return 0
    const estimate = estimateTokens(request)
    await tokens.take(estimate, request.signal)
    return estimate
  }
  const settle = (estimate: number, usage: Usage | undefined): void => {
    const used = usage?.totalTokens ?? (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0)
    if (used > 0) tokens.giveBack(estimate - used)
  }
  return (driver) => ({
    ...driver,
    async respond(request) {
      const estimate = await admit(request)
      const response = await driver.respond(request)
      settle(estimate, response.usage)
      return response
    },
    events(request) {
      let estimate = 0
      const inner = mapFinish(
        () => driver.events(request),
        (response) => (settle(estimate, response.usage), response),
      )
      let admitted = false
      const first = async (): Promise<IteratorResult<ModelEvent>> => {
        estimate = await admit(request)
        admitted = true
        return inner.next()
      }
      return {
        [Symbol.asyncIterator]() {
          return this
        },
        next: () => (admitted ? inner.next() : first()),
        return: async () => (await inner.return?.()) ?? { done: true, value: undefined },
      }
    },
  })
}

function estimateTokens({ messages, options }: ModelRequest): number {
  let characters = 0
  for (const { content } of messages)
    if (typeof content === 'string') characters += content.length
    // What an image takes is only known from the answer.
    else for (const part of content) if ('text' in part) characters += part.text.length
  return Math.ceil(characters / 4) + (options.maxTokens ?? 0)
}

class Bucket {
  readonly #perMinute: number
  #level: number
  #filledAt = performance.now()
  #queue: Promise<unknown> = Promise.resolve()

  constructor(name: string, perMinute = Number.POSITIVE_INFINITY) {
    if (!(perMinute > 0)) throw new InsideLLMsError('config', `${name} must be a number above 0; it is ${perMinute}.`)
    this.#perMinute = perMinute
    this.#level = perMinute
  }

  /** One after another, so that a large call is not overtaken for ever by small ones. */
  take(amount: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#perMinute === Number.POSITIVE_INFINITY) return Promise.resolve()
    const turn = this.#queue.then(() => this.#wait(amount, signal))
    this.#queue = turn.catch(() => undefined)
    return untilAborted(turn, signal)
  }

  giveBack(amount: number): void {
    this.#level = Math.min(this.#perMinute, this.#level + amount)
  }

  async #wait(amount: number, signal: AbortSignal | undefined): Promise<void> {
    // A single call larger than a whole minute's allowance goes when the bucket is full.
    const needed = Math.min(amount, this.#perMinute)
    for (;;) {
      if (signal?.aborted) throw abortedError(signal.reason)
      this.#refill()
      if (this.#level >= needed) break
      await delay(((needed - this.#level) / this.#perMinute) * 60_000, signal)
    }
    this.#level -= amount
  }

  #refill(): void {
    const now = performance.now()
    this.#level = Math.min(this.#perMinute, this.#level + ((now - this.#filledAt) / 60_000) * this.#perMinute)
    this.#filledAt = now
  }
}

/** A call that waits behind others is told of its abort at once, and not when its turn comes. */
function untilAborted(turn: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return turn
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortedError(signal.reason))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    turn.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

import { delay } from '../delay.ts'
import { InsideLLMsError } from '../insidellms-error.ts'
import { mapFinish } from '../map-finish.ts'
import type { Middleware, ModelRequest } from '../model-driver.ts'
import type { Usage } from '../model-response.ts'

export interface RateLimitOptions {
  /** Requests begun in any minute. Default: no limit. */
  requestsPerMinute?: number
  /** Tokens, of prompts and answers together, in any minute. Default: no limit. */
  tokensPerMinute?: number
}

/**
 * Begins calls no faster than the vendor allows. Each call reserves what it is likely to use (characters / 4, and
 * `maxTokens`) and is charged what the response reports. Calls wait in their order, and can be aborted while they wait.
 *
 * Token bucket, as in RFC 2697; the bucket holds one minute's allowance and begins full.
 *
 * @throws {InsideLLMsError} `config` when a limit is not above 0.
 */
export function rateLimit(options: RateLimitOptions): Middleware {
  const requests = new Bucket('requestsPerMinute', options.requestsPerMinute)
  const tokens = new Bucket('tokensPerMinute', options.tokensPerMinute)
  const admit = async (request: ModelRequest): Promise<number> => {
    const estimate = estimateTokens(request)
    await requests.take(1, request.signal)
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
      return {
        [Symbol.asyncIterator]() {
          return this
        },
        async next() {
          if (!admitted) {
            estimate = await admit(request)
            admitted = true
          }
          return inner.next()
        },
        return: async () => (await inner.return?.()) ?? { done: true, value: undefined },
      }
    },
  })
}

function estimateTokens({ messages, options }: ModelRequest): number {
  let characters = 0
  for (const { content } of messages)
    characters += typeof content === 'string' ? content.length : JSON.stringify(content).length
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
    return turn
  }

  giveBack(amount: number): void {
    this.#level = Math.min(this.#perMinute, this.#level + amount)
  }

  async #wait(amount: number, signal: AbortSignal | undefined): Promise<void> {
    // A single call larger than a whole minute's allowance goes when the bucket is full.
    const needed = Math.min(amount, this.#perMinute)
    for (;;) {
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

import { Deadline } from './deadline.ts'
import { InsideLLMsError } from './insidellms-error.ts'
import type { DriverEvent, DriverResponse, ModelDriver, ModelRequest, PreparedDriver } from './model-driver.ts'
import type { ModelEvent } from './model-event.ts'
import type { ModelResponse } from './model-response.ts'
import { joinText } from './join-text.ts'
import { toInsideLLMsError } from './to-insidellms-error.ts'

/**
 * Gives a provider author's driver what every call needs: typed errors, a timeout, timing, complete responses, and
 * streams that end in exactly one of finished, error, aborted.
 */
export function prepareDriver(driver: ModelDriver): PreparedDriver {
  return {
    ...driver,
    async respond(request) {
      const deadline = new Deadline(request.signal, request.timeoutMs)
      const startedAt = new Date()
      const start = performance.now()
      try {
        if (deadline.signal.aborted) throw deadline.signal.reason
        const response = await deadline.race(driver.respond({ ...request, signal: deadline.signal }))
        return complete(response, startedAt, start)
      } catch (error) {
        throw failure(error, driver, deadline)
      } finally {
        deadline.close()
      }
    },
    events: (request) => new PreparedEvents(driver, request),
  }
}

/**
 * A hand-written iterator and no generator: one promise less per chunk, and a `return()` that works while `next()` waits.
 */
class PreparedEvents implements AsyncIterableIterator<ModelEvent> {
  readonly #driver: ModelDriver
  readonly #request: ModelRequest
  #deadline: Deadline | undefined
  #source: AsyncIterator<DriverEvent> | undefined
  #startedAt = new Date()
  #start = 0
  #firstTokenMs: number | undefined
  #text = ''
  #state: 'new' | 'open' | 'closed' = 'new'

  constructor(driver: ModelDriver, request: ModelRequest) {
    this.#driver = driver
    this.#request = request
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<ModelEvent>> {
    if (this.#state === 'closed') return { done: true, value: undefined }
    try {
      if (this.#state === 'new') this.#open()
      const deadline = this.#deadline!
      if (deadline.signal.aborted) throw deadline.signal.reason
      const { done, value: event } = await deadline.race(this.#source!.next())
      if (done) throw incompleteStream(this.#driver)
      if (event.type === 'finish') {
        this.#close()
        // A driver may have cleaning up to do behind its last event.
        await this.#source!.return?.()
        const response = complete(event.response, this.#startedAt, this.#start, this.#firstTokenMs)
        return { done: false, value: { type: 'finish', response } }
      }
      this.#firstTokenMs ??= performance.now() - this.#start
      if (event.type === 'text') this.#text += event.text
      return { done: false, value: event }
    } catch (error) {
      const deadline = this.#deadline!
      const failed = failure(error, this.#driver, deadline, this.#text)
      this.#close()
      deadline.abort()
      void this.#source?.return?.().catch(() => undefined)
      throw failed
    }
  }

  async return(): Promise<IteratorResult<ModelEvent>> {
    if (this.#state === 'open') {
      this.#deadline?.abort()
      await this.#source?.return?.().catch(() => undefined)
    }
    this.#close()
    return { done: true, value: undefined }
  }

  #open(): void {
    this.#state = 'open'
    this.#deadline = new Deadline(this.#request.signal, this.#request.timeoutMs)
    this.#startedAt = new Date()
    this.#start = performance.now()
    const request = { ...this.#request, signal: this.#deadline.signal }
    this.#source = (this.#driver.events?.(request) ?? wholeAnswer(this.#driver, request))[Symbol.asyncIterator]()
  }

  #close(): void {
    this.#state = 'closed'
    this.#deadline?.close()
  }
}

async function* wholeAnswer(driver: ModelDriver, request: ModelRequest): AsyncGenerator<DriverEvent> {
  const response = await driver.respond(request)
  const text = response.text ?? joinText(response.parts)
  if (text !== '') yield { type: 'text', text }
  yield { type: 'finish', response }
}

function complete(response: DriverResponse, startedAt: Date, start: number, firstTokenMs?: number): ModelResponse {
  return {
    ...response,
    text: response.text ?? joinText(response.parts),
    ledger: response.ledger ?? {},
    timing: {
      startedAt: startedAt.toISOString(),
      ...(firstTokenMs !== undefined && { firstTokenMs }),
      totalMs: performance.now() - start,
      attempts: 1,
    },
  }
}

function incompleteStream(driver: ModelDriver): InsideLLMsError {
  const { provider, modelId } = driver.info()
  return new InsideLLMsError(
    'incomplete_stream',
    `${provider} ${modelId}: the stream ended without the vendor's terminal marker. The answer is not complete: ask again.`,
    { provider, modelId, retryable: true },
  )
}

/** Once the deadline has passed, every error is a consequence of it: the deadline's own reason is the truth. */
function failure(error: unknown, driver: ModelDriver, deadline: Deadline, partialText?: string): InsideLLMsError {
  return toInsideLLMsError(deadline.signal.aborted ? deadline.signal.reason : error, driver, partialText)
}

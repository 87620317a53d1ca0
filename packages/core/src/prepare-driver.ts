import { Deadline } from './deadline.ts'
import { InsideLLMsError } from './insidellms-error.ts'
import { joinText } from './join-text.ts'
import { FinishMaps } from './map-finish.ts'
import type { DriverEvent, DriverResponse, ModelDriver, ModelRequest, PreparedDriver } from './model-driver.ts'
import type { ModelEvent } from './model-event.ts'
import type { ModelResponse } from './model-response.ts'
import { toInsideLLMsError } from './to-insidellms-error.ts'
import { withinGrace } from './within-grace.ts'

/**
 * Gives a provider author's driver what every call needs: typed errors, a timeout, timing, complete responses, and
 * streams that end in exactly one of finished, error, aborted.
 */
export function prepareDriver(driver: ModelDriver): PreparedDriver {
  return {
    // Named one by one: an author may well write a class, whose methods a spread would lose.
    specVersion: driver.specVersion,
    supports: driver.supports,
    info: () => driver.info(),
    respond(request) {
      const startedAt = new Date()
      const start = performance.now()
      return attempt(
        driver,
        request,
        (inner) => driver.respond(inner),
        (response) => complete(response, startedAt, start),
      )
    },
    events(request) {
      const maps = new FinishMaps()
      return maps.attach(new PreparedEvents(driver, request, maps))
    },
    ...(driver.listModels && { listModels: () => attempt(driver, {}, () => driver.listModels!(), asItIs) }),
    ...(driver.countTokens && {
      countTokens: (request) => attempt(driver, request, (inner) => driver.countTokens!(inner), asItIs),
    }),
    ...(driver.explainError && { explainError: (error) => driver.explainError!(error) }),
    ...(driver.secrets && { secrets: () => driver.secrets!() }),
    ...(driver.close && { close: () => attempt(driver, {}, () => driver.close!(), asItIs) }),
  }
}

/** One call of the driver, with an end in time and with typed errors, whatever the driver does with its signal. */
async function attempt<Request extends Partial<ModelRequest>, Given, Made>(
  driver: ModelDriver,
  request: Request,
  call: (request: Request) => Promise<Given>,
  finish: (given: Given) => Made,
): Promise<Made> {
  const deadline = new Deadline(request.signal, request.timeoutMs)
  try {
    if (deadline.signal.aborted) throw deadline.signal.reason
    // An author without types may return the bare value.
    return finish(await deadline.race(Promise.resolve(call({ ...request, signal: deadline.signal }))))
  } catch (error) {
    throw failure(error, driver, deadline)
  } finally {
    deadline.close()
  }
}

const asItIs = <T>(given: T): T => given

/**
 * A hand-written iterator and no generator: one promise less per chunk, and a `return()` that works while `next()` waits.
 */
class PreparedEvents implements AsyncIterableIterator<ModelEvent> {
  readonly #driver: ModelDriver
  readonly #request: ModelRequest
  readonly #maps: FinishMaps
  #deadline: Deadline | undefined
  #source: AsyncIterator<DriverEvent> | undefined
  #startedAt = new Date()
  #start = 0
  #firstTokenMs: number | undefined
  #text = ''
  #state: 'new' | 'open' | 'closed' = 'new'

  constructor(driver: ModelDriver, request: ModelRequest, maps: FinishMaps) {
    this.#driver = driver
    this.#request = request
    this.#maps = maps
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
      if (done) throw incompleteStream()
      if (event.type === 'finish') {
        this.#close()
        const response = complete(event.response, this.#startedAt, this.#start, this.#firstTokenMs)
        // A driver may have cleaning up to do behind its last event; the answer is complete whatever comes of that.
        await withinGrace(() => this.#source!.return?.())
        return { done: false, value: { type: 'finish', response: this.#maps.apply(response) } }
      }
      this.#firstTokenMs ??= performance.now() - this.#start
      if (event.type === 'text') this.#text += event.text
      return { done: false, value: event }
    } catch (error) {
      const deadline = this.#deadline!
      const failed = failure(error, this.#driver, deadline, this.#arrived())
      this.#close()
      deadline.abort()
      void withinGrace(() => this.#source?.return?.(), 0)
      throw failed
    }
  }

  async return(): Promise<IteratorResult<ModelEvent>> {
    if (this.#state === 'open') {
      this.#close()
      this.#deadline!.abort()
      await withinGrace(() => this.#source?.return?.())
    }
    this.#state = 'closed'
    return { done: true, value: undefined }
  }

  #open(): void {
    this.#state = 'open'
    this.#deadline = new Deadline(this.#request.signal, this.#request.timeoutMs)
    this.#startedAt = new Date()
    this.#start = performance.now()
    // An aborted request must not reach the driver, which might look at its signal too late.
    if (this.#deadline.signal.aborted) return
    const request = { ...this.#request, signal: this.#deadline.signal }
    this.#source = (this.#driver.events?.(request) ?? wholeAnswer(this.#driver, request))[Symbol.asyncIterator]()
  }

  #close(): void {
    this.#state = 'closed'
    this.#deadline!.close()
  }

  #arrived(): { text: string } | undefined {
    return this.#firstTokenMs === undefined ? undefined : { text: this.#text }
  }
}

async function* wholeAnswer(driver: ModelDriver, request: ModelRequest): AsyncGenerator<DriverEvent> {
  const response = await driver.respond(request)
  const text = response.text ?? joinText(response.parts)
  if (text !== '') yield { type: 'text', text }
  yield { type: 'finish', response }
}

function complete(response: DriverResponse, startedAt: Date, start: number, firstTokenMs?: number): ModelResponse {
  if (!Array.isArray(response?.parts) || typeof response.finish?.kind !== 'string')
    throw new InsideLLMsError(
      'invalid_response',
      'the driver gave no complete response: it needs parts (a list) and finish ({ kind, raw }). Report it to the author of the driver.',
    )
  return {
    ...response,
    text: response.text ?? joinText(response.parts),
    ledger: response.ledger ?? {},
    served: response.served ?? {},
    timing: {
      startedAt: startedAt.toISOString(),
      ...(firstTokenMs !== undefined && { firstTokenMs }),
      totalMs: performance.now() - start,
      attempts: 1,
    },
  }
}

function incompleteStream(): InsideLLMsError {
  return new InsideLLMsError(
    'incomplete_stream',
    "the stream ended without the vendor's terminal marker. The answer is not complete: ask again.",
  )
}

/** Once the deadline has passed, every error is a consequence of it: the deadline's own reason is the truth. */
function failure(error: unknown, driver: ModelDriver, deadline: Deadline, partial?: { text: string }): InsideLLMsError {
  return toInsideLLMsError(deadline.signal.aborted ? deadline.signal.reason : error, driver, partial)
}

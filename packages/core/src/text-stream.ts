import { InsideLLMsError } from './insidellms-error.ts'
import type { ModelEvent } from './model-event.ts'
import type { ModelResponse } from './model-response.ts'

/**
 * The text of an answer as it arrives. Read it once: with `for await`, by awaiting `.response`, or both.
 *
 * The request starts at the first iteration or the first touch of `.response`. An error is thrown to the iteration and
 * rejects `.response`; leaving the iteration early aborts the request.
 */
export class TextStream implements AsyncIterable<string> {
  readonly #open: () => AsyncIterable<ModelEvent>
  #source: AsyncIterator<ModelEvent> | undefined
  #iterated = false
  #response: PromiseWithResolvers<ModelResponse> | undefined
  /** Where it ended, for a `.response` that is touched only afterwards. */
  #end: { response: ModelResponse } | { error: unknown } | undefined
  /** Text that arrived for `.response` before anybody iterated. */
  #waiting: string[] | undefined
  #pump: Promise<void> | undefined
  #arrived: (() => void) | undefined

  constructor(open: () => AsyncIterable<ModelEvent>) {
    this.#open = open
  }

  /** The whole answer, the same as `respond` gives. */
  get response(): Promise<ModelResponse> {
    if (this.#response === undefined) {
      this.#response = Promise.withResolvers()
      // The iteration throws the same error; a reader who iterates need not handle it twice.
      if (this.#iterated) this.#response.promise.catch(() => undefined)
      if (this.#end !== undefined) this.#settle(this.#end)
      else if (!this.#iterated) this.#startPump()
    }
    return this.#response.promise
  }

  [Symbol.asyncIterator](): AsyncIterator<string, void, undefined> {
    if (this.#iterated)
      throw new InsideLLMsError('invalid_request', 'A stream can be read once. Call stream() again for another answer.')
    this.#iterated = true
    this.#response?.promise.catch(() => undefined)
    return this.#waiting === undefined
      ? { next: () => this.#nextText(), return: () => this.#leave() }
      : this.#replay(this.#waiting)
  }

  async #nextText(): Promise<IteratorResult<string, void>> {
    if (this.#end !== undefined) return { done: true, value: undefined }
    this.#source ??= this.#open()[Symbol.asyncIterator]()
    try {
      for (;;) {
        const { done, value: event } = await this.#source.next()
        if (done) throw new InsideLLMsError('incomplete_stream', 'The stream ended without a finish event.')
        if (event.type === 'text') return { done: false, value: event.text }
        if (event.type === 'finish') {
          this.#settle({ response: event.response })
          return { done: true, value: undefined }
        }
      }
    } catch (error) {
      this.#settle({ error })
      throw error
    }
  }

  async #leave(): Promise<IteratorResult<string, void>> {
    if (this.#end === undefined) {
      await this.#source?.return?.()
      this.#settle({ error: new InsideLLMsError('aborted', 'The stream was left before its end.') })
    }
    return { done: true, value: undefined }
  }

  #startPump(): void {
    this.#waiting = []
    this.#pump = this.#readAll(this.#waiting)
    // `.response` carries the same error.
    this.#pump.catch(() => undefined)
  }

  async #readAll(texts: string[]): Promise<void> {
    for (;;) {
      const { done, value } = await this.#nextText()
      if (done) return
      texts.push(value)
      this.#arrived?.()
    }
  }

  async *#replay(texts: string[]): AsyncGenerator<string, void, undefined> {
    let ended: { error?: unknown } | undefined
    const settled = this.#pump!.then(
      () => (ended = {}),
      (error: unknown) => (ended = { error }),
    ).then(() => this.#arrived?.())
    try {
      for (let index = 0; ;) {
        if (index < texts.length) yield texts[index++]!
        else if (ended !== undefined) {
          if ('error' in ended) throw ended.error
          return
        } else await new Promise<void>((resolve) => (this.#arrived = resolve))
      }
    } finally {
      if (ended === undefined) await this.#leave()
      await settled
    }
  }

  #settle(end: { response: ModelResponse } | { error: unknown }): void {
    this.#end ??= end
    if ('response' in end) this.#response?.resolve(end.response)
    else this.#response?.reject(end.error)
  }
}

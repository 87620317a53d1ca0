import { InsideLLMsError } from './insidellms-error.ts'
import type { ModelEvent } from './model-event.ts'
import type { ModelResponse } from './model-response.ts'
import { withinGrace } from './within-grace.ts'

/**
 * The text of an answer as it arrives. Read it once: with `for await`, by awaiting `.response`, or both, in any order.
 *
 * The request starts at the first iteration or the first touch of `.response`. An error is thrown to the iteration and
 * rejects `.response`; leaving the iteration early aborts the request.
 */
export class TextStream implements AsyncIterable<string> {
  readonly #open: () => AsyncIterable<ModelEvent>
  #source: AsyncIterator<ModelEvent> | undefined
  #iterated = false
  #text = ''
  /** The read that the iteration is waiting for. */
  #reading: Promise<unknown> | undefined
  #response: PromiseWithResolvers<ModelResponse> | undefined
  /** Texts that were read for `.response` and that the iteration has not taken yet. */
  #ahead: string[] | undefined
  #arrived: (() => void) | undefined
  #end: { response: ModelResponse } | { error: unknown } | undefined
  /** Whether the iteration has had the error, which it is to have once. */
  #told = false

  constructor(open: () => AsyncIterable<ModelEvent>) {
    this.#open = open
  }

  /** The whole answer, the same as `respond` gives. Texts that nobody has iterated yet are kept for the iteration. */
  get response(): Promise<ModelResponse> {
    if (this.#response === undefined) {
      this.#response = Promise.withResolvers()
      // Destructured and not awaited yet, or not at all: that alone must not end the process.
      this.#response.promise.catch(() => undefined)
      if (this.#end !== undefined) this.#settle(this.#end)
      else void this.#readAhead()
    }
    return this.#response.promise
  }

  [Symbol.asyncIterator](): AsyncIterator<string, void, undefined> {
    if (this.#iterated)
      throw new InsideLLMsError('invalid_request', 'A stream can be read once. Call stream() again for another answer.')
    this.#iterated = true
    return {
      next: () => (this.#ahead === undefined ? (this.#reading = this.#readToTell()) : this.#take(this.#ahead)),
      return: () => this.#leave(),
    }
  }

  /** The next text from the source. */
  async #read(): Promise<IteratorResult<string, void>> {
    if (this.#end !== undefined) return { done: true, value: undefined }
    try {
      this.#source ??= this.#open()[Symbol.asyncIterator]()
      for (;;) {
        const { done, value: event } = await this.#source.next()
        if (done) throw this.#incomplete()
        if (event.type === 'text') {
          this.#text += event.text
          return { done: false, value: event.text }
        }
        if (event.type === 'finish') {
          this.#settle({ response: event.response })
          await withinGrace(() => this.#source?.return?.())
          return { done: true, value: undefined }
        }
      }
    } catch (error) {
      this.#settle({ error })
      throw error
    }
  }

  #readToTell(): Promise<IteratorResult<string, void>> {
    this.#told = true
    return this.#read()
  }

  async #readAhead(): Promise<void> {
    const texts = (this.#ahead = [] as string[])
    try {
      if (this.#reading !== undefined) await this.#reading
      this.#told = this.#end !== undefined
      for (;;) {
        const { done, value } = await this.#read()
        if (done) break
        texts.push(value)
        this.#arrived?.()
      }
    } catch {
      // `.response` and the iteration have it.
    }
  }

  /** The next text of those that were read ahead. */
  async #take(texts: string[]): Promise<IteratorResult<string, void>> {
    while (texts.length === 0 && this.#end === undefined)
      await new Promise<void>((resolve) => (this.#arrived = resolve))
    const text = texts.shift()
    if (text !== undefined) return { done: false, value: text }
    if (this.#end !== undefined && 'error' in this.#end && !this.#told) {
      this.#told = true
      throw this.#end.error
    }
    return { done: true, value: undefined }
  }

  async #leave(): Promise<IteratorResult<string, void>> {
    this.#told = true
    this.#ahead?.splice(0)
    if (this.#end === undefined) {
      this.#settle({ error: new InsideLLMsError('aborted', 'The stream was left before its end.') })
      await this.#source?.return?.()
    }
    return { done: true, value: undefined }
  }

  #settle(end: { response: ModelResponse } | { error: unknown }): void {
    this.#end ??= end
    if ('response' in this.#end) this.#response?.resolve(this.#end.response)
    else this.#response?.reject(this.#end.error)
    this.#arrived?.()
  }

  #incomplete(): InsideLLMsError {
    return new InsideLLMsError('incomplete_stream', 'The stream ended without a finish event: the answer is cut.', {
      partial: { text: this.#text },
    })
  }
}

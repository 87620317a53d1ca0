/** Makes text of tokens: whole characters only, and never a piece of what may become a stop text. */
export class TextAssembler {
  whole = ''
  /** The stop text that was met. It is no part of the text, nor is what came after it. */
  stop: string | undefined
  /** The last tokens whose text is certain: how the next ones look may hang on them. */
  before: number[]
  readonly #detokenize: (tokens: number[], before: number[]) => string
  readonly #stops: readonly string[]
  /** Tokens of which the last one ends inside a character. */
  #pending: number[] = []
  /** How much of the pending tokens' text was taken already. */
  #taken = 0
  #held = ''

  constructor(detokenize: (tokens: number[], before: number[]) => string, prompt: number[], stops: readonly string[]) {
    this.#detokenize = detokenize
    this.#stops = stops
    // Not from inside a character: tokenizers then spoil all bytes that follow it.
    let length = 4
    while (length < prompt.length && /^\ufffd|^$/.test(detokenize(prompt.slice(-length), []))) length++
    this.before = prompt.slice(-length)
  }

  /** The text that is certain with this token. */
  push(token: number): string {
    this.#pending.push(token)
    const text = this.#detokenize(this.#pending, this.before)
    // What stands for an unfinished character at the end; the next token may finish it.
    const certain = text.replace(/\ufffd+$/, '')
    const fresh = certain.slice(this.#taken)
    this.#taken = certain.length
    if (certain === text) {
      // A special token has no text of its own, and the next one would look like the first.
      this.before = text === '' ? [...this.before, ...this.#pending] : this.#pending
      this.#pending = []
      this.#taken = 0
    }
    return this.#release(fresh)
  }

  /** The rest. An unfinished character is left out where the answer was cut, else it is what the model wrote. */
  end(cut: boolean): string {
    const unfinished = this.#pending.length > 0 && !cut && this.stop === undefined
    const last = unfinished ? this.#detokenize(this.#pending, this.before).slice(this.#taken) : ''
    const rest = this.#held + last
    this.#held = ''
    this.whole += rest
    return rest
  }

  #release(fresh: string): string {
    const text = this.#held + fresh
    let end = text.length
    for (const stop of this.#stops) {
      const place = text.indexOf(stop)
      if (place === -1 || place >= end) continue
      end = place
      this.stop = stop
    }
    if (this.stop === undefined)
      for (end = 0; end < text.length; end++) if (this.#stops.some((stop) => stop.startsWith(text.slice(end)))) break
    this.#held = this.stop === undefined ? text.slice(end) : ''
    const released = text.slice(0, end)
    this.whole += released
    return released
  }
}

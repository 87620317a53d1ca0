import { isUtf8 } from 'node:buffer'
import { type DatasetItem, InsideLLMsError } from '@insidellms/core'
import type { SourceItem } from './dataset-source.ts'
import { hasByteOrderMark } from './has-byte-order-mark.ts'

const code = { tab: 9, lineFeed: 10, return: 13, space: 32, quote: 34, comma: 44, open: 91, backslash: 92, close: 93 }
const openBrace = 123
const closeBrace = 125

/**
 * Cuts the text of one JSON array into its elements, piece by piece: no more of it than an element is in memory.
 *
 * Pushing and ending throw `config`, with file, line and row.
 */
export class JsonArraySplitter {
  readonly #label: string
  #state: 'before' | 'inside' | 'behind' = 'before'
  #line = 1
  #row = 1
  /** Lists and objects that are open inside the element. */
  #depth = 0
  #inText = false
  #escaped = false
  /** Bytes of the element that stood in earlier pieces. */
  #rest: Buffer[] = []
  /** The line that the element begins in; 0 when none has begun. */
  #startLine = 0
  #first = true

  /** @param label Names the file in messages. */
  constructor(label: string) {
    this.#label = label
  }

  /** The elements that end in this piece, whose memory may be used again afterwards. */
  push(piece: Buffer): SourceItem[] {
    const items: SourceItem[] = []
    let start = 0
    for (let at = this.#first && hasByteOrderMark(piece) ? 3 : 0; at < piece.length; at++) {
      const byte = piece[at]!
      if (byte === code.lineFeed) this.#line++
      if (this.#inText) {
        if (this.#escaped) this.#escaped = false
        else if (byte === code.backslash) this.#escaped = true
        else if (byte === code.quote) this.#inText = false
        continue
      }
      if (isBlank(byte)) continue
      if (this.#state !== 'inside') {
        this.#enter(byte)
        start = at + 1
        continue
      }
      if (this.#depth === 0 && (byte === code.comma || byte === code.close)) {
        const element = this.#element(piece.subarray(start, at), byte === code.close)
        if (element !== undefined) items.push(element)
        start = at + 1
        continue
      }
      if (this.#startLine === 0) this.#startLine = this.#line
      if (byte === code.quote) this.#inText = true
      else if (byte === code.open || byte === openBrace) this.#depth++
      else if (byte === code.close || byte === closeBrace) this.#depth--
    }
    this.#first = false
    // A copy, because the piece's memory is used again.
    if (this.#state === 'inside' && start < piece.length) this.#rest.push(Buffer.from(piece.subarray(start)))
    return items
  }

  end(): void {
    if (this.#state === 'behind') return
    throw this.#problem(
      this.#line,
      this.#state === 'before'
        ? 'the file is empty. It must hold one JSON array'
        : 'the array is never closed: the file may be cut off',
    )
  }

  #enter(byte: number): void {
    if (this.#state === 'behind') throw this.#problem(this.#line, 'there is text behind the end of the array')
    if (byte !== code.open)
      throw this.#problem(
        this.#line,
        'the file must hold one JSON array. Set format: jsonl where each line is a value of its own',
      )
    this.#state = 'inside'
  }

  #element(bytes: Buffer, last: boolean): SourceItem | undefined {
    const whole = this.#rest.length === 0 ? bytes : Buffer.concat([...this.#rest, bytes])
    const line = this.#startLine
    this.#rest = []
    this.#startLine = 0
    if (last) this.#state = 'behind'
    if (line === 0) {
      if (last && this.#row === 1) return undefined
      throw this.#problem(this.#line, `a value is missing ${last ? 'behind the last comma' : 'before a comma'}`)
    }
    const row = this.#row++
    if (!isUtf8(whole)) throw this.#problem(line, `row ${row} is no UTF-8. Save the file as UTF-8`)
    try {
      return { item: JSON.parse(whole.toString('utf8')) as DatasetItem, line, row }
    } catch (error) {
      throw this.#problem(line, `row ${row} is no JSON (${(error as Error).message.replaceAll(/\s+/g, ' ')})`)
    }
  }

  #problem(line: number, what: string): InsideLLMsError {
    return new InsideLLMsError('config', `${this.#label}:${line}: ${what}.`)
  }
}

function isBlank(byte: number): boolean {
  return byte === code.space || byte === code.lineFeed || byte === code.return || byte === code.tab
}

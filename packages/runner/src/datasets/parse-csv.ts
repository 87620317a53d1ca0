import { InsideLLMsError } from '@insidellms/core'

export interface CsvRow {
  fields: string[]
  /** The line that the row begins in, from 1. */
  line: number
}

/**
 * Parses CSV by RFC 4180, piece by piece: what is no whole row yet waits for the next piece. Blank lines are passed over,
 * and a line may end with CRLF, LF or CR.
 *
 * Pushing throws `config`, with file and line, for a quote where none may be.
 */
export class CsvParser {
  readonly #label: string
  #text = ''
  #line = 1

  /** @param label Names the file in messages. */
  constructor(label: string) {
    this.#label = label
  }

  push(piece: string): CsvRow[] {
    this.#text += piece
    return this.#rows(false)
  }

  /** The last row, when it has no line break behind it. */
  end(): CsvRow[] {
    return this.#rows(true)
  }

  #rows(final: boolean): CsvRow[] {
    const rows: CsvRow[] = []
    let at = 0
    while (at < this.#text.length) {
      const row = this.#row(at, final)
      if (row === undefined) break
      if (row.fields.length > 1 || row.fields[0] !== '' || row.quoted)
        rows.push({ fields: row.fields, line: this.#line })
      this.#line += lineBreaks(this.#text, at, row.next)
      at = row.next
    }
    this.#text = this.#text.slice(at)
    return rows
  }

  /** Undefined when the text ends before the row may. */
  #row(start: number, final: boolean): { fields: string[]; next: number; quoted: boolean } | undefined {
    const text = this.#text
    const fields: string[] = []
    let quoted = false
    for (let at = start; ; at++) {
      let end: number
      if (text[at] === '"') {
        quoted = true
        end = this.#closingQuote(at, start, final)
        if (end === -1) return undefined
        fields.push(text.slice(at + 1, end - 1).replaceAll('""', '"'))
      } else {
        plainEnd.lastIndex = at
        end = plainEnd.exec(text)?.index ?? text.length
        if (text[end] === '"') throw this.#problem(start, end, 'a quote inside a field that does not begin with one')
        fields.push(text.slice(at, end))
      }
      if (end === text.length) return final ? { fields, next: end, quoted } : undefined
      if (text[end] === ',') {
        at = end
        continue
      }
      if (text[end] === '\n') return { fields, next: end + 1, quoted }
      if (text[end] !== '\r') throw this.#problem(start, end, 'text behind a closing quote')
      if (end + 1 === text.length && !final) return undefined
      return { fields, next: text[end + 1] === '\n' ? end + 2 : end + 1, quoted }
    }
  }

  /** The place behind the quote that closes the field, or -1. */
  #closingQuote(open: number, start: number, final: boolean): number {
    const text = this.#text
    for (let from = open + 1; ;) {
      const quote = text.indexOf('"', from)
      // At the very end of a piece, another quote may follow that makes it an escaped one.
      if (quote === -1 || (quote === text.length - 1 && !final)) {
        if (final) throw this.#problem(start, open, 'a quote that is never closed')
        return -1
      }
      if (text[quote + 1] !== '"') return quote + 1
      from = quote + 2
    }
  }

  #problem(start: number, at: number, what: string): InsideLLMsError {
    const line = this.#line + lineBreaks(this.#text, start, at)
    return new InsideLLMsError('config', `${this.#label}:${line}: ${what}.`)
  }
}

const plainEnd = /[",\r\n]/g

function lineBreaks(text: string, start: number, end: number): number {
  return text.slice(start, end).match(/\r\n|\r|\n/g)?.length ?? 0
}

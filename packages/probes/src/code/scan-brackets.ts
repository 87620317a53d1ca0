/** How a language writes what must not be looked into. */
export interface Lexis {
  /** What starts a comment to the end of the line. */
  lineComment: string
  blockComment?: [string, string]
  /** Quotes, longer ones first. Those of one character end at the line, but for backticks. */
  quotes: readonly string[]
}

export const pythonLexis: Lexis = { lineComment: '#', quotes: ['"""', "'''", '"', "'"] }
export const curlyLexis: Lexis = { lineComment: '//', blockComment: ['/*', '*/'], quotes: ['"', "'", '`'] }

const closers: Record<string, string> = { '(': ')', '[': ']', '{': '}' }

/** What is wrong with the brackets and strings of a source, or undefined. It also gives the source without strings and comments. */
export function scanBrackets(source: string, lexis: Lexis): { problem?: string; bare: string } {
  const open: string[] = []
  let bare = ''
  let at = 0
  const line = (): number => source.slice(0, at).split('\n').length
  while (at < source.length) {
    const rest = source.startsWith(lexis.lineComment, at)
    if (rest) {
      at = lineEnd(source, at)
      continue
    }
    if (lexis.blockComment !== undefined && source.startsWith(lexis.blockComment[0], at)) {
      const end = source.indexOf(lexis.blockComment[1], at + 2)
      if (end < 0) return { problem: `a comment from line ${line()} does not end`, bare }
      at = end + 2
      continue
    }
    const quote = lexis.quotes.find((mark) => source.startsWith(mark, at))
    if (quote !== undefined) {
      const end = stringEnd(source, at + quote.length, quote)
      if (end < 0) return { problem: `a string from line ${line()} does not end`, bare }
      bare += '""'
      at = end
      continue
    }
    const letter = source[at]!
    if (letter in closers) open.push(closers[letter]!)
    else if (')]}'.includes(letter) && open.pop() !== letter)
      return { problem: `"${letter}" in line ${line()} closes nothing`, bare }
    bare += letter
    at += 1
  }
  return open.length === 0 ? { bare } : { problem: `${open.length} brackets are not closed`, bare }
}

function lineEnd(source: string, from: number): number {
  const end = source.indexOf('\n', from)
  return end < 0 ? source.length : end
}

function stringEnd(source: string, from: number, quote: string): number {
  const singleLine = quote.length === 1 && quote !== '`'
  for (let at = from; at < source.length; at++) {
    if (source[at] === '\\') at += 1
    else if (singleLine && source[at] === '\n') return -1
    else if (source.startsWith(quote, at)) return at + quote.length
  }
  return -1
}

/** An answer that the text itself marks as final. */
export interface MarkedAnswer {
  text: string
  /** How it was marked, for the explanation. */
  how: string
}

/** `Answer:`, `Final answer =`, `The answer is`, `"answer":`; then the rest of the line. */
const answerLine =
  /(?:^|[\s.!?;(*_{"'])(?:(?:the|my|our)\s+(?:final\s+|correct\s+)?answer\s+is\b\s*:?|(?:final\s+|correct\s+)?answer(?:\*\*|__|["'])?\s*[:=])[^\S\n]*(?:\*\*|__)?[^\S\n]*([^\n]*)/giu

/**
 * The last answer that is marked as such: `Answer: x` or `the answer is x` (the rest of that line, or the next line
 * when it is empty), `\boxed{x}` as in MATH (Hendrycks et al. 2021), `#### x` as in GSM8K (Cobbe et al. 2021). What
 * stands further down wins. "The answer is not x" marks nothing.
 */
export function findMarkedAnswer(text: string): MarkedAnswer | undefined {
  let last: (MarkedAnswer & { at: number }) | undefined
  const offer = (at: number, how: string, found: string): void => {
    const clean = unwrap(found)
    if (clean !== '' && (last === undefined || at >= last.at)) last = { at, how, text: clean }
  }
  for (const match of text.matchAll(answerLine)) {
    const line = match[1]!.trim()
    if (/^not\b/iu.test(line)) continue
    const below = /^\n+\s*([^\n]*)/u.exec(text.slice(match.index + match[0].length))?.[1] ?? ''
    offer(match.index, 'the last "answer:"', line.replaceAll(/[*_`]/gu, '') === '' ? below : line)
  }
  for (const match of text.matchAll(/^\s*#{4}\s*([^\n]+)$/gmu)) offer(match.index, 'the last "####"', match[1]!)
  const boxed = lastBoxed(text)
  if (boxed !== undefined) offer(boxed.at, 'the last \\boxed{}', boxed.text)
  return last && { text: last.text, how: last.how }
}

function lastBoxed(text: string): { at: number; text: string } | undefined {
  const at = text.lastIndexOf('\\boxed{')
  if (at < 0) return undefined
  const start = at + '\\boxed{'.length
  let depth = 1
  for (let index = start; index < text.length; index++) {
    if (text[index] === '{') depth += 1
    else if (text[index] === '}') depth -= 1
    if (depth === 0) return { at, text: text.slice(start, index) }
  }
  return undefined
}

/** Takes off what only decorates: emphasis, quotes, LaTeX text and math marks, brackets around the whole. */
export function unwrap(text: string): string {
  let plain = text.trim()
  // Nobody decorates a whole page, and taking marks off one by one would take for ever there.
  while (plain.length <= 1000) {
    const inner = plain
      .replace(/^\\boxed\{([^{}]*)\}\.?$/u, '$1')
      .replace(/^\\text\{([^{}]*)\}$/u, '$1')
      .replaceAll(/\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}/gu, '$1/$2')
      .replace(/^\\\[([\s\S]*)\\\]$/u, '$1')
      .replace(/^\$+([^$]*)\$+\.?$/u, '$1')
      .replace(/^\\\(([\s\S]*)\\\)$/u, '$1')
      .replace(/^(\*\*|__|\*|_|`)([^*_`]+)\1([.!]?)$/u, '$2$3')
      .replace(/^["'\u201c\u2018]([^"'\u201c\u201d\u2018\u2019]+)["'\u201d\u2019]([.!]?)$/u, '$1$2')
      .replace(/\s*(?:\*\*|__)$/u, '')
      .trim()
    if (inner === plain) return plain
    plain = inner
  }
  return plain
}

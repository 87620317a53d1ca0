export interface SplitSteps {
  /** The text under each step's heading; undefined where there is none, or nothing under it. */
  parts: (string | undefined)[]
  /** Every step has its part, and they come in order. */
  inOrder: boolean
}

const heading =
  /^[\s#>*_-]*step\s*(\d{1,3})\b\s*(?:\([^)\n]*\)\s*)?(?:\*\*|__)?\s*[:.)\u2013\u2014-]?\s*(?:\*\*|__)?[^\S\n]*/gimu

/**
 * Finds each step's part of an answer by its heading: "Step 1:" at the start of a line, in bold or as a Markdown
 * heading too. A step that has two headings has the text under both.
 */
export function splitSteps(answer: string, count: number): SplitSteps {
  const parts = Array.from<string | undefined>({ length: count })
  const found = [...answer.matchAll(heading)].map((match) => ({
    number: Number(match[1]),
    start: match.index + match[0].length,
    at: match.index,
  }))
  const order: number[] = []
  for (const [index, { number, start }] of found.entries()) {
    const text = answer.slice(start, found[index + 1]?.at).trim()
    if (number < 1 || number > count || text === '') continue
    order.push(number)
    parts[number - 1] = parts[number - 1] === undefined ? text : `${parts[number - 1]}\n${text}`
  }
  const inOrder =
    parts.every((part) => part !== undefined) &&
    order.every((number, index) => index === 0 || number >= order[index - 1]!)
  return { parts, inOrder }
}

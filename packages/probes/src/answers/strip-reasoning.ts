/**
 * Takes out the thinking that some local models write into their answer, between `<think>` and `</think>`. A block
 * that never closes means that the answer was cut while thinking: nothing is left.
 */
export function stripReasoning(text: string): string {
  let visible = ''
  let depth = 0
  let from = 0
  for (const { 0: mark, 1: slash, index } of text.matchAll(/<(\/?)(?:think|thinking|reasoning)>/giu)) {
    if (slash === '') {
      if (depth++ === 0) visible += text.slice(from, index)
    } else {
      // Templates that open the block in the prompt leave only its end in the answer.
      if (depth <= 1) visible = depth === 0 ? '' : visible
      depth = Math.max(0, depth - 1)
    }
    from = index + mark.length
  }
  return (depth === 0 ? visible + text.slice(from) : visible).trim()
}

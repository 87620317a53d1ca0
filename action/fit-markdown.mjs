/**
 * A report of `insidellms diff`, cut at the end of a line to a size, with its folds closed and a note.
 *
 * @param {string} markdown
 * @param {number} most
 * @param {(text: string) => number} measure
 * @param {string} note says where the whole is
 * @returns {string} as it is when it fits
 */
export function fitMarkdown(markdown, most, measure, note) {
  if (measure(markdown) <= most) return markdown
  const fold = '\n</details>\n'
  const end = `\n> **Cut here.** ${note}\n`
  const kept = []
  let left = most - measure(fold + end)
  let open = false
  for (const line of markdown.split('\n')) {
    left -= measure(`${line}\n`)
    if (left < 0) break
    kept.push(line)
    // The lines that fold are the command's own: an output stands inside of code, in a line that begins otherwise.
    if (line.startsWith('<details>')) open = true
    else if (line === '</details>') open = false
  }
  return `${kept.join('\n')}\n${open ? fold : ''}${end}`
}

/** A code span whose fence is longer than any run of backticks in it; nothing in it renders. */
export function codeSpan(text) {
  return fenced(text.replaceAll(/\s+/g, ' '), 1, ' ')
}

/** The same as a block, with its lines. */
export function codeBlock(text) {
  return fenced(text, 3, '\n')
}

function fenced(text, least, space) {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(Math.max(least, longest + 1))
  return fence + space + text + space + fence
}

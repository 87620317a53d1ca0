export interface DiffPart {
  kind: 'same' | 'removed' | 'added'
  text: string
}

/** Beyond this many edits the rest counts as replaced: two texts that have nothing in common need no alignment. */
const mostEdits = 400

/**
 * Words of two texts aligned with the fewest edits. The `same` and `removed` parts together are the baseline, the `same`
 * and `added` ones the candidate.
 * Source: Myers, "An O(ND) difference algorithm", Algorithmica 1 (1986).
 */
export function wordDiff(baseline: string, candidate: string): DiffPart[] {
  const a = words(baseline)
  const b = words(candidate)
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail])
    tail += 1
  const parts: DiffPart[] = []
  append(parts, 'same', a.slice(0, head))
  align(a.slice(head, a.length - tail), b.slice(head, b.length - tail), parts)
  append(parts, 'same', a.slice(a.length - tail))
  return parts
}

function words(text: string): string[] {
  return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? []
}

function append(parts: DiffPart[], kind: DiffPart['kind'], tokens: readonly string[]): void {
  if (tokens.length === 0) return
  const last = parts.at(-1)
  if (last?.kind === kind) last.text += tokens.join('')
  else parts.push({ kind, text: tokens.join('') })
}

function align(a: readonly string[], b: readonly string[], parts: DiffPart[]): void {
  const trail = shortestTrail(a, b)
  if (trail === undefined) {
    append(parts, 'removed', a)
    append(parts, 'added', b)
    return
  }
  const steps: { kind: DiffPart['kind']; token: string }[] = []
  let x = a.length
  let y = b.length
  for (let edits = trail.length - 1; edits >= 0; edits--) {
    const reached = trail[edits]!
    const diagonal = x - y
    const down = diagonal === -edits || (diagonal !== edits && at(reached, diagonal - 1) < at(reached, diagonal + 1))
    const fromX = edits === 0 ? 0 : down ? at(reached, diagonal + 1) : at(reached, diagonal - 1) + 1
    const fromY = fromX - diagonal
    while (x > fromX) {
      x -= 1
      y -= 1
      steps.push({ kind: 'same', token: a[x]! })
    }
    if (edits === 0) break
    if (down) {
      y = fromY - 1
      steps.push({ kind: 'added', token: b[y]! })
    } else {
      x = fromX - 1
      steps.push({ kind: 'removed', token: a[x]! })
    }
  }
  for (const { kind, token } of steps.reverse()) append(parts, kind, [token])
}

function at(reached: Int32Array, diagonal: number): number {
  return reached[diagonal + mostEdits + 1]!
}

/** For each number of edits the furthest place on each diagonal before it; undefined beyond the limit. */
function shortestTrail(a: readonly string[], b: readonly string[]): Int32Array[] | undefined {
  const reached = new Int32Array(2 * mostEdits + 3)
  const trail: Int32Array[] = []
  for (let edits = 0; edits <= mostEdits; edits++) {
    trail.push(reached.slice())
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const down = diagonal === -edits || (diagonal !== edits && at(reached, diagonal - 1) < at(reached, diagonal + 1))
      let x = edits === 0 ? 0 : down ? at(reached, diagonal + 1) : at(reached, diagonal - 1) + 1
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x += 1
      reached[diagonal + mostEdits + 1] = x
      if (x >= a.length && x - diagonal >= b.length) return trail
    }
  }
  return undefined
}

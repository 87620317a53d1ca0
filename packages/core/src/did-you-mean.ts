/** The candidate nearest to `word` by edit distance (Levenshtein 1966), or undefined when none is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const plain = normalise(word)
  let best: string | undefined
  // Less than half of a short word, a third of a long one: "vi" is not near "ai".
  let bestDistance =
    Math.min(Math.max(2, Math.floor(plain.length / 3)), Math.max(0, Math.ceil(plain.length / 2) - 1)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(plain, normalise(candidate))
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `max_tokens`, `MaxTokens` and `maxTokens` are the same word to a reader. */
function normalise(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, '')
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(substitution, previous[j]! + 1, current[j - 1]! + 1))
    }
    previous = current
  }
  return previous[b.length]!
}

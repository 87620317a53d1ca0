/** What a scorer says of one answer. */
export interface Score {
  /** 0 (wrong) to 1 (right). */
  score: number
  /** Why, in a sentence for people. */
  reason: string
}

/** For messages: a text in quotes, cut where it is long. */
export function quote(text: string, limit = 80): string {
  const characters = Array.from(text.slice(0, limit * 2 + 2))
  const cut = characters.length > limit ? `${characters.slice(0, limit).join('')}…` : text
  return JSON.stringify(cut)
}

/** The best score over several references; the first of equals. */
export function bestOf<Reference>(references: readonly Reference[], score: (reference: Reference) => Score): Score {
  let best: Score | undefined
  for (const reference of references) {
    const next = score(reference)
    if (best === undefined || next.score > best.score) best = next
  }
  return best ?? { score: 0, reason: 'There is no reference to compare with.' }
}

import type { Cause, CauseSummary } from './diff-report.ts'

/** Distinct movements that are told apart; a cause such as token usage moves differently in every item. */
const mostValues = 5
const mostNames = 200

/** Sums up what moved, over changed and unchanged items alike. */
export class CauseTally {
  readonly #ignore: ReadonlySet<string>
  readonly #summaries = new Map<string, CauseSummary>()
  readonly #valuesOf = new Map<string, number>()

  constructor(ignore: ReadonlySet<string>) {
    this.#ignore = ignore
  }

  /** Counts the causes of one item and gives back those that are not ignored. */
  add(causes: readonly Cause[], changed: boolean): Cause[] {
    const kept = causes.filter((cause) => !this.#isIgnored(cause.name))
    for (const cause of kept) this.#summary(cause)[changed ? 'changed' : 'unchanged'] += 1
    return kept
  }

  /** Facts of the whole run that no item shows, then what moved in items, by how many they are. */
  report(ofRuns: readonly Cause[]): CauseSummary[] {
    const distinct = new Map(ofRuns.map((cause) => [textOf(cause), cause]))
    const wholeRun = [...distinct.values()]
      .filter((cause) => !this.#isIgnored(cause.name) && !this.#valuesOf.has(cause.name))
      .map((cause): CauseSummary => ({ ...cause, changed: 0, unchanged: 0, wholeRun: true }))
    const items = [...this.#summaries.values()].sort(
      (a, b) => b.changed + b.unchanged - (a.changed + a.unchanged) || (a.name < b.name ? -1 : 1),
    )
    return [...wholeRun, ...items]
  }

  #isIgnored(name: string): boolean {
    const lower = name.toLowerCase()
    return [...this.#ignore].some(
      (ignored) => lower === ignored || lower.startsWith(`${ignored}.`) || lower.endsWith(`.${ignored}`),
    )
  }

  #summary(cause: Cause): CauseSummary {
    const found = this.#summaries.get(textOf(cause))
    if (found !== undefined) return found
    const values = (this.#valuesOf.get(cause.name) ?? 0) + 1
    this.#valuesOf.set(cause.name, values)
    if (values > mostValues || this.#valuesOf.size > mostNames) {
      const name = this.#valuesOf.size > mostNames ? 'other' : cause.name
      return this.#entry({ name, baseline: '(several)', candidate: '(several)' })
    }
    return this.#entry(cause)
  }

  #entry(cause: Cause): CauseSummary {
    const text = textOf(cause)
    const summary = this.#summaries.get(text) ?? { ...cause, changed: 0, unchanged: 0 }
    this.#summaries.set(text, summary)
    return summary
  }
}

function textOf(cause: Cause): string {
  return `${cause.name}\u0000${cause.baseline}\u0000${cause.candidate}`
}

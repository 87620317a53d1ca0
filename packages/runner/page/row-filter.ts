import type { ReportData } from './report-data.ts'

export interface FilterChoice {
  /** Words that all must occur, in any case. */
  search: string
  /** Place in the index's list, or undefined for all. */
  run?: number
  model?: number
  probe?: number
  status?: number
  /** By score, or only changed rows. */
  result?: 'failed' | 'passed' | 'unscored' | 'changed'
}

export type SortColumn = 'place' | 'probe' | 'model' | 'run' | 'example' | 'repeat' | 'status' | 'score'

/** Rows that fit everything but the search, which needs the texts. */
export function filterRows({ index, rows }: ReportData, choice: FilterChoice): number[] {
  const found: number[] = []
  for (let row = 0; row < rows; row++)
    if (
      (choice.run === undefined || index.run[row] === choice.run) &&
      (choice.model === undefined || index.model[row] === choice.model) &&
      (choice.probe === undefined || index.probe[row] === choice.probe) &&
      (choice.status === undefined || index.status[row] === choice.status) &&
      hasResult(index.score[row] ?? null, index.changed[row] === 1, choice.result)
    )
      found.push(row)
  return found
}

function hasResult(score: number | null, changed: boolean, result: FilterChoice['result']): boolean {
  switch (result) {
    case 'failed':
      return score !== null && score < 1
    case 'passed':
      return score !== null && score >= 1
    case 'unscored':
      return score === null
    case 'changed':
      return changed
    case undefined:
      return true
  }
}

/**
 * Rows whose texts hold every word. It opens block after block and gives the page back after each, so that typing goes
 * on; undefined when it was told to stop.
 */
export async function searchRows(
  data: ReportData,
  rows: readonly number[],
  search: string,
  options: { isStopped: () => boolean; onProgress: (share: number) => void },
): Promise<number[] | undefined> {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const found: number[] = []
  let pause = performance.now()
  for (const [place, row] of rows.entries()) {
    const { input, output, error, explanation, facts } = data.detailNow(row) ?? (await data.detail(row))
    const text = [data.index.example[row], input, output, error, explanation, ...facts].join('\n').toLowerCase()
    if (words.every((word) => text.includes(word))) found.push(row)
    if (performance.now() - pause < 30) continue
    options.onProgress(place / rows.length)
    await new Promise((resolve) => setTimeout(resolve))
    if (options.isStopped()) return undefined
    pause = performance.now()
  }
  return found
}

/** In place. Rows that are equal in the column keep their order. */
export function sortRows({ index }: ReportData, rows: number[], column: SortColumn, descending: boolean): number[] {
  const sign = descending ? -1 : 1
  const byName = (names: readonly string[], list: readonly number[]) => (a: number, b: number) =>
    compare(names[list[a]!]!, names[list[b]!]!)
  const orders: Record<SortColumn, (a: number, b: number) => number> = {
    place: (a, b) => a - b,
    probe: byName(index.probes, index.probe),
    model: byName(index.models, index.model),
    run: (a, b) => index.run[a]! - index.run[b]!,
    example: (a, b) => compareNatural(index.example[a]!, index.example[b]!),
    repeat: (a, b) => index.repeat[a]! - index.repeat[b]!,
    status: byName(index.statuses, index.status),
    score: (a, b) => (index.score[a] ?? -Infinity) - (index.score[b] ?? -Infinity),
  }
  return rows.sort((a, b) => sign * orders[column](a, b) || a - b)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

const natural = new Intl.Collator(undefined, { numeric: true })

/** `q-2` before `q-10`. */
function compareNatural(a: string, b: string): number {
  return natural.compare(a, b)
}

import type { Recording } from './recordings.ts'

/** How many recordings there are of an API, and how many of them are read. */
export interface ApiRow {
  api: string
  recordings: number
  read: number
  /** Why the others are not read. */
  skipped: string
}

/**
 * Prints what a test reads of a vendor's recordings, and gives it by API.
 *
 * @param whySkipped Undefined for a recording that is read.
 */
export function showApis<Recorded extends Recording>(
  recordings: readonly Recorded[],
  whySkipped: (recording: Recorded) => string | undefined,
): ApiRow[] {
  const rows = new Map<string, ApiRow>()
  for (const recording of recordings) {
    const { api } = recording
    const row = rows.get(api) ?? { api, recordings: 0, read: 0, skipped: '' }
    const why = whySkipped(recording)
    row.recordings++
    if (why === undefined) row.read++
    else row.skipped = why
    rows.set(api, row)
  }
  const sorted = [...rows.values()].sort((a, b) => (a.api < b.api ? -1 : 1))
  console.table(sorted)
  return sorted
}

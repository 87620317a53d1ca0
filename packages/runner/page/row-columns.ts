import { visibleText } from '../src/diff/visible-text.ts'
import type { ReportData } from './report-data.ts'
import type { SortColumn } from './row-filter.ts'

const previewCharacters = 240

export interface Column {
  title: string
  sort?: SortColumn
  width: string
  text: (row: number) => string
  /** Whether the cell tells of a failure. */
  isBad?: (row: number) => boolean
}

/** Columns that say the same in every row are left out. */
export function columnsOf(data: ReportData): Column[] {
  const { index } = data
  const columns: Column[] = [
    { title: 'example', sort: 'example', width: 'minmax(6rem, 1fr)', text: (row) => visibleText(index.example[row]!) },
  ]
  const named = (title: SortColumn, names: readonly string[], list: readonly number[]): void => {
    if (names.length > 1)
      columns.push({ title, sort: title, width: 'minmax(5rem, 0.8fr)', text: (row) => visibleText(names[list[row]!]!) })
  }
  named('probe', index.probes, index.probe)
  named('model', index.models, index.model)
  named('run', index.runs, index.run)
  if (index.repeat.some((repeat) => repeat > 0))
    columns.push({ title: 'repeat', sort: 'repeat', width: '4.5rem', text: (row) => String(index.repeat[row]) })
  columns.push(
    {
      title: 'status',
      sort: 'status',
      width: '6rem',
      text: (row) => visibleText(index.statuses[index.status[row]!]!),
      isBad: (row) => index.statuses[index.status[row]!] !== 'success',
    },
    {
      title: 'score',
      sort: 'score',
      width: '4.5rem',
      text: (row) => scoreText(index.score[row] ?? null),
      isBad: (row) => index.score[row] === 0,
    },
  )
  if (index.compared)
    columns.push({ title: 'changed', width: '5rem', text: (row) => (index.changed[row] === 1 ? 'changed' : '') })
  columns.push({ title: 'answer', width: 'minmax(10rem, 4fr)', text: (row) => preview(data, row) })
  return columns
}

function preview(data: ReportData, row: number): string {
  const detail = data.detailNow(row)
  if (detail === undefined) return '…'
  return visibleText((detail.output ?? detail.error ?? '').slice(0, previewCharacters))
}

export function scoreText(score: number | null): string {
  return score === null ? '' : String(Number(score.toPrecision(3)))
}

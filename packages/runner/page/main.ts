import { visibleText } from '../src/diff/visible-text.ts'
import { element } from './element.ts'
import { ReportData } from './report-data.ts'
import { RowDialog } from './row-dialog.ts'
import { type FilterChoice, filterRows, searchRows, type SortColumn, sortRows } from './row-filter.ts'
import { RowTable } from './row-table.ts'

const mostPrinted = 500

async function start(): Promise<void> {
  const data = await ReportData.open()
  const form = document.querySelector<HTMLFormElement>('#filters')!
  const count = document.querySelector<HTMLElement>('#count')!
  let sort: SortColumn = 'place'
  let descending = false
  let latest = 0

  const table = new RowTable(data, document.querySelector<HTMLElement>('#items')!, {
    open: (row) => void dialog.open(row),
    sort: (column) => {
      descending = sort === column && !descending
      sort = column
      void update()
    },
  })
  const dialog = new RowDialog(data, document.querySelector<HTMLDialogElement>('#item')!, {
    neighbour: (row, step) => table.neighbour(row, step),
    closed: () => table.focus(),
  })

  const update = async (): Promise<void> => {
    latest += 1
    const own = latest
    const choice = choiceOf(form)
    let rows: number[] | undefined = filterRows(data, choice)
    if (choice.search !== '') {
      rows = await searchRows(data, rows, choice.search, {
        isStopped: () => own !== latest,
        onProgress: (share) => {
          count.textContent = `Searching … ${Math.round(share * 100)} %`
        },
      })
      if (rows === undefined || own !== latest) return
    }
    table.show(sortRows(data, rows, sort, descending))
    table.markSorted(sort, descending)
    count.textContent = `${rows.length.toLocaleString()} of ${data.rows.toLocaleString()} items`
  }

  fillSelects(form, data)
  let waiting: ReturnType<typeof setTimeout> | undefined
  form.addEventListener('input', () => {
    clearTimeout(waiting)
    waiting = setTimeout(() => void update(), 150)
  })
  form.addEventListener('submit', (event) => event.preventDefault())
  document.querySelector('#theme')!.addEventListener('click', switchTheme)
  addEventListener('beforeprint', () => printRows(data, table.rows))
  await update()
  document.documentElement.dataset['ready'] = 'true'
}

function choiceOf(form: HTMLFormElement): FilterChoice {
  const values = new FormData(form)
  const choice: FilterChoice = { search: String(values.get('search') ?? '').trim() }
  for (const name of ['run', 'model', 'probe', 'status'] as const) {
    const value = values.get(name)
    if (typeof value === 'string' && value !== '') choice[name] = Number(value)
  }
  const result = values.get('result')
  if (typeof result === 'string' && result !== '') choice.result = result as NonNullable<FilterChoice['result']>
  return choice
}

/** Lists with one entry have nothing to choose from, and go. */
function fillSelects(form: HTMLFormElement, { index }: ReportData): void {
  for (const [name, names] of Object.entries({
    run: index.runs,
    model: index.models,
    probe: index.probes,
    status: index.statuses,
  })) {
    const select = form.querySelector<HTMLSelectElement>(`select[name="${name}"]`)!
    if (names.length < 2) select.parentElement!.hidden = true
    for (const [place, text] of names.entries()) {
      const option = document.createElement('option')
      option.value = String(place)
      option.textContent = visibleText(text)
      select.append(option)
    }
  }
  if (!index.compared) form.querySelector('option[value="changed"]')!.remove()
}

/** Follows the system until somebody says otherwise. */
function switchTheme(): void {
  const { dataset } = document.documentElement
  const dark =
    dataset['theme'] === 'dark' ||
    (dataset['theme'] === undefined && matchMedia('(prefers-color-scheme: dark)').matches)
  dataset['theme'] = dark ? 'light' : 'dark'
}

/** Paper does not scroll: the first rows of the list become a plain table. */
function printRows(data: ReportData, rows: readonly number[]): void {
  const { index } = data
  const body = document.querySelector<HTMLElement>('#printed')!
  body.replaceChildren()
  for (const row of rows.slice(0, mostPrinted)) {
    const line = element('tr', '')
    const detail = data.detailNow(row)
    for (const text of [
      index.example[row]!,
      index.probes[index.probe[row]!]!,
      index.models[index.model[row]!]!,
      index.runs[index.run[row]!]!,
      index.statuses[index.status[row]!]!,
      String(index.score[row] ?? ''),
      (detail?.output ?? detail?.error ?? '').slice(0, 300),
    ]) {
      const cell = element('td', '')
      cell.textContent = visibleText(text)
      line.append(cell)
    }
    body.append(line)
  }
  document.querySelector<HTMLElement>('#printed-more')!.textContent =
    rows.length > mostPrinted ? `… and ${(rows.length - mostPrinted).toLocaleString()} more items.` : ''
}

start().catch((error: unknown) => {
  document.querySelector('#count')!.textContent = `The items could not be opened: ${String(error)}`
})

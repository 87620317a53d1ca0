import { element } from './element.ts'
import type { ReportData } from './report-data.ts'
import { type Column, columnsOf } from './row-columns.ts'
import type { SortColumn } from './row-filter.ts'

const rowHeight = 30
/** Browsers cut off elements that are taller; beyond, scrolling is scaled. */
const mostPixels = 8_000_000

/** A grid that makes elements for the rows in view only. */
export class RowTable {
  readonly #data: ReportData
  readonly #grid: HTMLElement
  readonly #viewport: HTMLElement
  readonly #spacer: HTMLElement
  readonly #columns: readonly Column[]
  readonly #onOpen: (row: number) => void
  readonly #elements: HTMLElement[] = []
  #rows: readonly number[] = []
  #active = 0

  constructor(
    data: ReportData,
    grid: HTMLElement,
    handlers: { open: (row: number) => void; sort: (column: SortColumn) => void },
  ) {
    this.#data = data
    this.#grid = grid
    this.#onOpen = handlers.open
    this.#columns = columnsOf(data)
    this.#viewport = element('div', 'viewport')
    this.#viewport.setAttribute('role', 'rowgroup')
    this.#spacer = element('div', 'spacer')
    this.#viewport.append(this.#spacer)
    grid.style.setProperty('--columns', this.#columns.map(({ width }) => width).join(' '))
    grid.append(this.#head(handlers.sort), this.#viewport)
    grid.setAttribute('aria-colcount', String(this.#columns.length))
    this.#viewport.addEventListener('scroll', () => this.#draw())
    grid.tabIndex = 0
    grid.addEventListener('keydown', (event) => {
      if (event.target === grid) this.#key(event)
    })
    this.#viewport.addEventListener('click', (event) => this.#click(event))
    new ResizeObserver(() => this.#draw()).observe(this.#viewport)
  }

  /** Rows in view, in their order. */
  get rows(): readonly number[] {
    return this.#rows
  }

  show(rows: readonly number[]): void {
    this.#rows = rows
    this.#active = 0
    this.#grid.setAttribute('aria-rowcount', String(rows.length + 1))
    this.#spacer.style.height = `${this.#height()}px`
    this.#viewport.scrollTop = 0
    this.#draw()
  }

  /** Marks a column as the one that is sorted by. */
  markSorted(column: SortColumn, descending: boolean): void {
    for (const button of this.#grid.querySelectorAll<HTMLElement>('[data-sort]')) {
      const sorted = button.dataset['sort'] === column
      button.parentElement!.setAttribute('aria-sort', sorted ? (descending ? 'descending' : 'ascending') : 'none')
    }
  }

  /** The row before or after an open one, undefined at the ends. */
  neighbour(row: number, step: 1 | -1): number | undefined {
    const place = this.#rows.indexOf(row) + step
    const found = this.#rows[place]
    if (found !== undefined) this.#moveTo(place)
    return found
  }

  focus(): void {
    this.#grid.focus()
  }

  #head(sort: (column: SortColumn) => void): HTMLElement {
    const head = element('div', 'row head')
    head.setAttribute('role', 'row')
    head.setAttribute('aria-rowindex', '1')
    for (const column of this.#columns) {
      const cell = element('div', 'cell')
      cell.setAttribute('role', 'columnheader')
      if (column.sort === undefined) cell.textContent = column.title
      else {
        const button = element('button', '')
        button.textContent = column.title
        button.dataset['sort'] = column.sort
        const by = column.sort
        button.addEventListener('click', () => sort(by))
        cell.append(button)
      }
      head.append(cell)
    }
    return head
  }

  #height(): number {
    return Math.min(this.#rows.length * rowHeight, mostPixels)
  }

  /** First row in view. Where the list is taller than a browser allows, the share scrolled decides. */
  #first(): number {
    const { scrollTop, clientHeight } = this.#viewport
    const full = this.#rows.length * rowHeight
    if (full <= mostPixels) return Math.floor(scrollTop / rowHeight)
    const share = scrollTop / (mostPixels - clientHeight)
    return Math.floor(share * Math.max(0, this.#rows.length - clientHeight / rowHeight))
  }

  #draw(): void {
    // The head has no scroll bar: it keeps as much room, so that its columns stand over those below.
    this.#grid.style.setProperty('--gutter', `${this.#viewport.offsetWidth - this.#viewport.clientWidth}px`)
    const inView = Math.ceil(this.#viewport.clientHeight / rowHeight) + 1
    const first = Math.max(0, Math.min(this.#first(), this.#rows.length - 1))
    const offset =
      this.#rows.length * rowHeight <= mostPixels
        ? first * rowHeight
        : Math.min(this.#viewport.scrollTop, mostPixels - inView * rowHeight)
    while (this.#elements.length < inView) this.#addElement()
    for (const [place, line] of this.#elements.entries()) {
      const row = place < inView ? this.#rows[first + place] : undefined
      line.hidden = row === undefined
      if (row === undefined) continue
      line.style.transform = `translateY(${offset + place * rowHeight}px)`
      this.#fill(line, row, first + place)
    }
    this.#grid.setAttribute('aria-activedescendant', `row-${this.#active}`)
  }

  #addElement(): void {
    const line = element('div', 'row')
    line.setAttribute('role', 'row')
    for (let column = 0; column < this.#columns.length; column++) {
      const cell = element('div', 'cell')
      cell.setAttribute('role', 'gridcell')
      line.append(cell)
    }
    this.#elements.push(line)
    this.#spacer.append(line)
  }

  #fill(line: HTMLElement, row: number, place: number): void {
    line.id = `row-${place}`
    line.dataset['row'] = String(row)
    line.setAttribute('aria-rowindex', String(place + 2))
    line.setAttribute('aria-selected', String(place === this.#active))
    for (const [at, column] of this.#columns.entries()) {
      const cell = line.children[at]!
      cell.textContent = column.text(row)
      cell.classList.toggle('bad', column.isBad?.(row) ?? false)
    }
    if (this.#data.detailNow(row) === undefined)
      void this.#data.detail(row).then(() => {
        if (line.dataset['row'] === String(row)) line.lastElementChild!.textContent = this.#columns.at(-1)!.text(row)
      })
  }

  #click(event: Event): void {
    const line = (event.target as HTMLElement).closest<HTMLElement>('[data-row]')
    if (line === null) return
    this.#active = Number(line.id.slice('row-'.length))
    this.#draw()
    this.#onOpen(Number(line.dataset['row']))
  }

  #key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.#viewport.clientHeight / rowHeight) - 1)
    const moves: Record<string, number> = {
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active - 1,
      PageDown: this.#active + page,
      PageUp: this.#active - page,
      Home: 0,
      End: this.#rows.length - 1,
    }
    const to = moves[event.key]
    if (to !== undefined) this.#moveTo(to)
    else if (event.key === 'Enter' || event.key === ' ') {
      const row = this.#rows[this.#active]
      if (row !== undefined) this.#onOpen(row)
    } else return
    event.preventDefault()
  }

  #moveTo(place: number): void {
    this.#active = Math.max(0, Math.min(place, this.#rows.length - 1))
    const { clientHeight, scrollTop } = this.#viewport
    const full = this.#rows.length * rowHeight
    const top = full <= mostPixels ? this.#active * rowHeight : (this.#active / this.#rows.length) * mostPixels
    if (top < scrollTop) this.#viewport.scrollTop = top
    if (top + rowHeight > scrollTop + clientHeight) this.#viewport.scrollTop = top + rowHeight - clientHeight
    this.#draw()
  }
}

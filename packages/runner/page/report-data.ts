import type { ReportIndex, RowDetail } from '../src/report/report-index.ts'

/** Text of decoded blocks to keep; the oldest go first. */
const keptCharacters = 64_000_000

/** Opens the blocks of rows, which stand in the page compressed. */
export class ReportData {
  readonly index: ReportIndex
  readonly #blocks = new Map<number, { rows: RowDetail[]; size: number }>()
  readonly #opening = new Map<number, Promise<RowDetail[]>>()
  #kept = 0

  constructor(index: ReportIndex) {
    this.index = index
  }

  static async open(): Promise<ReportData> {
    return new ReportData(JSON.parse(await decode('index')) as ReportIndex)
  }

  get rows(): number {
    return this.index.example.length
  }

  /** Undefined where its block is not open yet. */
  detailNow(row: number): RowDetail | undefined {
    const { blockRows } = this.index
    return this.#blocks.get(Math.floor(row / blockRows))?.rows[row % blockRows]
  }

  async detail(row: number): Promise<RowDetail> {
    const { blockRows } = this.index
    return (await this.block(Math.floor(row / blockRows)))[row % blockRows]!
  }

  async block(number: number): Promise<RowDetail[]> {
    const open = this.#blocks.get(number)
    if (open !== undefined) return open.rows
    let opening = this.#opening.get(number)
    if (opening === undefined) {
      opening = this.#open(number)
      this.#opening.set(number, opening)
    }
    return opening
  }

  /** Rows of the same probe, example and repeat, in their order: what other models or runs made of the item. */
  siblings(row: number): number[] {
    const { probe, example, repeat } = this.index
    const found: number[] = []
    for (let other = 0; other < this.rows; other++)
      if (example[other] === example[row] && probe[other] === probe[row] && repeat[other] === repeat[row])
        found.push(other)
    return found
  }

  async #open(number: number): Promise<RowDetail[]> {
    const text = await decode(`block-${number}`)
    const rows = JSON.parse(text) as RowDetail[]
    this.#blocks.set(number, { rows, size: text.length })
    this.#opening.delete(number)
    this.#kept += text.length
    for (const [oldest, { size }] of this.#blocks) {
      if (this.#kept <= keptCharacters || oldest === number) break
      this.#blocks.delete(oldest)
      this.#kept -= size
    }
    return rows
  }
}

/** The text of an element that holds gzip as base64. */
async function decode(id: string): Promise<string> {
  const binary = atob(document.getElementById(id)!.textContent!.trim())
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at)
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text()
}

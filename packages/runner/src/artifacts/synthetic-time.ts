import { sha256 } from '../sha256.ts'

const decade = 10n * 365n * 24n * 60n * 60n
const start = Date.UTC(2000, 0, 1)

/**
 * Time stamps that depend on nothing but the run id, so that equal runs have equal bytes. They follow the Python
 * original: a second within ten years from 2000, and from there a microsecond per event. Real times are in calls.jsonl.
 */
export class SyntheticTime {
  readonly #base: number
  #second = -1
  #text = ''

  constructor(runId: string) {
    this.#base = start + Number(BigInt(`0x${sha256(runId).slice(0, 16)}`) % decade) * 1000
  }

  at(microseconds: number): string {
    const second = Math.floor(microseconds / 1_000_000)
    if (second !== this.#second) {
      this.#second = second
      this.#text = new Date(this.#base + second * 1000).toISOString().slice(0, 19)
    }
    const fraction = microseconds % 1_000_000
    return fraction === 0 ? `${this.#text}+00:00` : `${this.#text}.${String(fraction).padStart(6, '0')}+00:00`
  }
}

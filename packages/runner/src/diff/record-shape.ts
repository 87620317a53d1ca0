import type { RecordView } from '../read/record-view.ts'
import { ObjectScanner } from '../read/scan-record.ts'
import { ExperimentName } from './experiment-name.ts'

const metricKey = Buffer.from(',"primary_metric":')
const scoresKey = Buffer.from('"scores":')
const success = Buffer.from('"success"')
const quote = 0x22
/** How far the primary metric may move, counted from the end: the digits of usage and scores. */
const reach = 40
const mostScores = 64

/** What the statistics need of a record. */
export interface RecordSketch {
  score: number | undefined
  answered: boolean
}

/**
 * Recognises a record that belongs to the same experiment as one before it, from a tenth of its bytes. The records of
 * one experiment share what names it, `custom.harness` or else `model`, and the stretch from the primary metric to the
 * scores, which names the probe. Only what follows has to be read. It relies on sorted keys, as the Python original and
 * we write them; a record that is laid out otherwise is not recognised, and has to be scanned.
 *
 * No text that a model wrote can pass for the layout: a quote inside a string is escaped, so the keys that are looked
 * for stand outside strings; `custom` comes before anything that a dataset or a model gave; and the members from the
 * primary metric on must end exactly with the line, which they do at the top level only.
 */
export class RecordShape {
  readonly #rest = new ObjectScanner(['scores', 'status'] as const)
  readonly #scores = new Map<string, number | undefined>()
  readonly #sketch: RecordSketch = { score: undefined, answered: false }
  readonly #name: ExperimentName
  readonly #middle: Buffer
  #tailLength: number

  private constructor(name: ExperimentName, middle: Buffer, tailLength: number) {
    this.#name = name
    this.#middle = middle
    this.#tailLength = tailLength
  }

  /** Undefined for a record that is laid out otherwise. */
  static of(record: RecordView): RecordShape | undefined {
    const { buffer, end } = record
    const middleStart = record.startOf('primary_metric') - metricKey.length
    const scores = record.startOf('scores')
    const sorted =
      record.startOf('custom') < record.startOf('input') &&
      record.startOf('input') < record.startOf('model') &&
      record.startOf('model') < record.startOf('output') &&
      record.startOf('output') < middleStart &&
      middleStart < record.startOf('probe') &&
      record.startOf('probe') < scores &&
      scores < record.startOf('status')
    const name = sorted ? ExperimentName.of(record) : undefined
    if (name === undefined || metricKey.compare(buffer, middleStart, middleStart + metricKey.length) !== 0)
      return undefined
    return new RecordShape(name, Buffer.from(buffer.subarray(middleStart, scores)), end - middleStart)
  }

  /** The same object at each call. Undefined: not recognised. */
  recognise(buffer: Buffer, start: number, end: number): RecordSketch | undefined {
    const named = this.#name.endIn(buffer, start, end)
    if (named === -1) return undefined
    const middle = this.#findMiddle(buffer, named, end)
    const scores = middle + this.#middle.length
    if (middle === -1 || !this.#rest.scanRest(buffer, scores - scoresKey.length, end)) return undefined
    if (this.#rest.start('scores') !== scores) return undefined
    const text = buffer.toString('latin1', scores, this.#rest.end('scores'))
    if (!this.#scores.has(text)) return undefined
    this.#tailLength = end - middle
    this.#sketch.score = this.#scores.get(text)
    this.#sketch.answered = success.compare(buffer, this.#rest.start('status'), this.#rest.end('status')) === 0
    return this.#sketch
  }

  /** Takes note of what a scanned record's scores mean. */
  learn(record: RecordView): void {
    if (this.#scores.size >= mostScores) this.#scores.clear()
    const text = record.buffer.toString('latin1', record.startOf('scores'), record.endOf('scores'))
    this.#scores.set(text, record.score)
  }

  #findMiddle(buffer: Buffer, from: number, end: number): number {
    const guess = end - this.#tailLength
    for (let step = 0; step <= reach; step++) {
      if (this.#isMiddle(buffer, guess + step, from, end)) return guess + step
      if (this.#isMiddle(buffer, guess - step, from, end)) return guess - step
    }
    return -1
  }

  #isMiddle(buffer: Buffer, at: number, from: number, end: number): boolean {
    return (
      buffer[at + 1] === quote &&
      buffer[at + 2] === metricKey[2] &&
      at >= from &&
      at + this.#middle.length <= end &&
      this.#middle.compare(buffer, at, at + this.#middle.length) === 0
    )
  }
}

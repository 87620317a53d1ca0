import type { RecordView } from '../read/record-view.ts'

const harnessKey = '"harness":'
const modelKey = ',"model":'
const opening = Buffer.from('{"completed_at":"')
const customKey = Buffer.from('","custom":')
const quote = 0x22
/** Characters of a time, and some more. */
const mostTime = 48

/** The bytes that name the model of an experiment, and, in a harness, its probe. */
export class ExperimentName {
  readonly #key: Buffer
  readonly #value: Buffer
  /** How `custom` begins in a record without a harness: no key there can come before this one, so none is `harness`. */
  readonly #customStart: Buffer | undefined
  /** Where the value stood last, from the start of its line. */
  #at: number

  private constructor(key: Buffer, value: Buffer, customStart: Buffer | undefined, at: number) {
    this.#key = key
    this.#value = value
    this.#customStart = customStart
    this.#at = at
  }

  /** Undefined where the record is not laid out as expected. */
  static of(record: RecordView): ExperimentName | undefined {
    const { buffer, start, harness } = record
    if (harness !== undefined)
      return new ExperimentName(
        Buffer.from(harnessKey),
        Buffer.from(harness),
        undefined,
        harness.byteOffset - buffer.byteOffset - start,
      )
    const custom = record.startOf('custom')
    const first = /^\{"\w+"/.exec(buffer.toString('latin1', custom, custom + 64))?.[0]
    if (first === undefined || first <= `{${harnessKey}`) return undefined
    const model = record.startOf('model')
    // The value has `output` behind it, which follows `model` at the top level only.
    const value = Buffer.concat([buffer.subarray(model, record.endOf('model')), Buffer.from(',"output":')])
    return new ExperimentName(Buffer.from(modelKey), value, Buffer.from(first), model - start)
  }

  /** Where the name ends in a line, or -1 where the line has another. */
  endIn(buffer: Buffer, start: number, end: number): number {
    if (this.#customStart !== undefined && !this.#hasNoHarness(buffer, start)) return -1
    const { length } = this.#value
    const guess = start + this.#at
    if (this.#isAt(buffer, guess, end)) return guess + length
    const found = buffer.indexOf(this.#key, start) + this.#key.length
    if (found < start + this.#key.length || !this.#isAt(buffer, found, end)) return -1
    this.#at = found - start
    return found + length
  }

  #isAt(buffer: Buffer, at: number, end: number): boolean {
    return at + this.#value.length < end && this.#value.compare(buffer, at, at + this.#value.length) === 0
  }

  #hasNoHarness(buffer: Buffer, start: number): boolean {
    const time = start + opening.length
    if (!isAt(buffer, start, opening)) return false
    let at = time
    while (at < time + mostTime && buffer[at] !== quote) at += 1
    return isAt(buffer, at, customKey) && isAt(buffer, at + customKey.length, this.#customStart!)
  }
}

/** Few bytes: comparing them here is faster than calling out. */
function isAt(buffer: Buffer, at: number, bytes: Buffer): boolean {
  for (let place = 0; place < bytes.length; place++) if (buffer[at + place] !== bytes[place]) return false
  return true
}

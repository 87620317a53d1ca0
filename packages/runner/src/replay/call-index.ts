import { closeSync, openSync, readSync } from 'node:fs'
import { InsideLLMsError } from '@insidellms/core'
import { LineCursor } from '../read/line-cursor.ts'
import type { CallKey } from '../run/call-log.ts'
import { sha256 } from '../sha256.ts'
import { OffsetTable } from './offset-table.ts'
import { parseCall, type RecordedCall } from './recorded-call.ts'

/**
 * Where each recorded call stands in a calls.jsonl. A request is answered by the call that was made for the same item,
 * repeat and turn, else by the first one that is the same request. Each recorded call answers once: a repeat is never
 * given the answer of another repeat.
 */
export class CallIndex {
  readonly path: string
  readonly #descriptor: number
  /** By request, item, repeat and turn. */
  readonly #byPlace = new OffsetTable()
  /** By request and how often it was made before. */
  readonly #byOccurrence = new OffsetTable()
  /** Requests that were made more than once: how often, and which one to look at next. */
  readonly #often = new Map<string, { count: number; next: number }>()
  #offsets = new Float64Array(1024)
  #lengths = new Uint32Array(1024)
  #used = new Uint8Array(1024)
  #count = 0

  private constructor(path: string) {
    this.path = path
    this.#descriptor = openSync(path, 'r')
  }

  /**
   * @param accept Which calls may answer. Default: all.
   * @throws {InsideLLMsError} `not_found` when there is no such file.
   */
  static async open(path: string, accept: (call: RecordedCall) => boolean = () => true): Promise<CallIndex> {
    let index: CallIndex
    try {
      index = new CallIndex(path)
    } catch (error) {
      throw new InsideLLMsError('not_found', `There are no recorded calls at ${path}.`, { cause: error })
    }
    const lines = await LineCursor.open(path)
    try {
      while ((lines.step() || (await lines.fill())) && lines.terminated) {
        const call = parseCall(lines.buffer.toString('utf8', lines.start, lines.end))
        if (call !== undefined && accept(call)) index.#add(call, lines.offset, lines.end - lines.start)
      }
      return index
    } catch (error) {
      index.close()
      throw error
    } finally {
      await lines.close()
    }
  }

  /** Calls that have not answered yet. */
  get unused(): number {
    let unused = 0
    for (let at = 0; at < this.#count; at++) if (this.#used[at] === 0) unused++
    return unused
  }

  /** Takes the recorded call that answers a request: that of the same place, else the next one of the same model. */
  take(requestHash: string, key: CallKey): RecordedCall | undefined {
    return this.takeSamePlace(requestHash, key) ?? this.#takeNext(requestHash, key)
  }

  /** Takes the recorded call of the very same item, repeat and turn. */
  takeSamePlace(requestHash: string, key: CallKey): RecordedCall | undefined {
    return this.#takeAt(this.#byPlace.get(placeOf(requestHash, key)), requestHash, key)
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  #takeNext(requestHash: string, key: CallKey): RecordedCall | undefined {
    const often = this.#often.get(requestHash) ?? { count: 1, next: 0 }
    for (let occurrence = often.next; occurrence < often.count; occurrence++) {
      const at = this.#byOccurrence.get(occurrenceOf(requestHash, occurrence))
      // Those in front that are used up need not be looked at again.
      if (occurrence === often.next && at !== undefined && this.#used[at] === 1) often.next++
      const call = this.#takeAt(at, requestHash, key)
      if (call !== undefined) return call
    }
    return undefined
  }

  #takeAt(at: number | undefined, requestHash: string, { model, judge }: CallKey): RecordedCall | undefined {
    if (at === undefined || this.#used[at] === 1) return undefined
    const bytes = Buffer.allocUnsafe(this.#lengths[at]!)
    readSync(this.#descriptor, bytes, 0, bytes.length, this.#offsets[at]!)
    const call = parseCall(bytes.toString('utf8'))
    if (call?.requestHash !== requestHash || call.key.model !== model || call.key.judge !== judge) return undefined
    this.#used[at] = 1
    return call
  }

  #add({ requestHash, key }: RecordedCall, offset: number, length: number): void {
    const place = placeOf(requestHash, key)
    const again = this.#byPlace.get(place)
    const at = again ?? this.#count++
    if (at === this.#offsets.length) this.#grow()
    this.#offsets[at] = offset
    this.#lengths[at] = length
    // The same turn once more, because it was asked again after an error: the later answer counts.
    if (again !== undefined) return
    this.#byPlace.set(place, at)
    const often = this.#often.get(requestHash)
    if (often !== undefined) this.#byOccurrence.set(occurrenceOf(requestHash, often.count++), at)
    else if (this.#byOccurrence.get(requestHash) === undefined) this.#byOccurrence.set(requestHash, at)
    else {
      this.#often.set(requestHash, { count: 2, next: 0 })
      this.#byOccurrence.set(occurrenceOf(requestHash, 1), at)
    }
  }

  #grow(): void {
    const size = this.#offsets.length * 2
    const offsets = new Float64Array(size)
    const lengths = new Uint32Array(size)
    const used = new Uint8Array(size)
    offsets.set(this.#offsets)
    lengths.set(this.#lengths)
    used.set(this.#used)
    this.#offsets = offsets
    this.#lengths = lengths
    this.#used = used
  }
}

function placeOf(requestHash: string, { model, judge, probe, exampleId, itemIndex, repeat, call }: CallKey): string {
  return sha256(JSON.stringify([requestHash, model, judge, probe, exampleId, itemIndex, repeat, call]))
}

function occurrenceOf(requestHash: string, occurrence: number): string {
  return occurrence === 0 ? requestHash : sha256(`${requestHash}#${occurrence}`)
}

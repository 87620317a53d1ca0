import type { Hash } from 'node:crypto'
import { join } from 'node:path'
import { LineFile } from './line-file.ts'
import type { Redactor } from './redactor.ts'

/**
 * records.jsonl and calls.jsonl while a run writes them. What came in during one turn of the event loop is written at
 * its end, calls before records: no record is on disk before the calls that it came from.
 */
export class RunStreams {
  readonly #calls: LineFile
  readonly #records: LineFile
  readonly #redact: Redactor
  readonly #onError: (error: unknown) => void
  #scheduled: NodeJS.Immediate | undefined
  #failed = false

  /**
   * @param onError Told once, when a write fails.
   * @param digests Hashes of what the files hold already, to go on from. Default: they begin empty.
   */
  constructor(
    directory: string,
    redact: Redactor,
    onError: (error: unknown) => void,
    digests?: { calls: Hash; records: Hash },
  ) {
    this.#redact = redact
    this.#onError = onError
    const mode = digests === undefined ? 'new' : 'append'
    this.#calls = new LineFile(join(directory, 'calls.jsonl'), mode, digests?.calls)
    this.#records = new LineFile(join(directory, 'records.jsonl'), mode, digests?.records)
  }

  addCall(line: string): void {
    this.#add(this.#calls, line)
  }

  addRecord(line: string): void {
    if (!this.#records.fits(line)) this.#flush()
    this.#add(this.#records, line)
  }

  /** @returns The SHA-256 of each file, by its name. */
  close(): Record<string, string> {
    clearImmediate(this.#scheduled)
    try {
      const calls = this.#calls.close()
      return { 'calls.jsonl': calls, 'records.jsonl': this.#records.close() }
    } finally {
      this.#calls.abandon()
      this.#records.abandon()
    }
  }

  #add(file: LineFile, line: string): void {
    this.#attempt(() => file.append(this.#redact(line)))
    this.#scheduled ??= setImmediate(this.#flush)
  }

  readonly #flush = (): void => {
    this.#scheduled = undefined
    this.#attempt(() => {
      this.#calls.flush()
      this.#records.flush()
    })
  }

  /** After a write that failed, nothing more is written: what is on disk stays a run that can be resumed. */
  #attempt(write: () => void): void {
    if (this.#failed) return
    try {
      write()
    } catch (error) {
      this.#failed = true
      this.#onError(error)
    }
  }
}

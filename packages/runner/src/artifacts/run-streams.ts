import type { Hash } from 'node:crypto'
import { join } from 'node:path'
import { LineFile } from './line-file.ts'
import type { Redactor } from './redactor.ts'

/** records.jsonl and calls.jsonl while a run writes them. */
export class RunStreams {
  readonly #calls: LineFile
  readonly #records: LineFile
  readonly #redact: Redactor
  readonly #onError: (error: unknown) => void
  #failed = false

  /**
   * @param onError Told once, when a write fails: nothing more is written then, and what is on disk stays a run that can
   *   be resumed.
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
    this.#add(this.#records, line)
  }

  /** @returns The SHA-256 of each file, by its name. */
  close(): Record<string, string> {
    try {
      const calls = this.#calls.close()
      return { 'calls.jsonl': calls, 'records.jsonl': this.#records.close() }
    } finally {
      this.#calls.abandon()
      this.#records.abandon()
    }
  }

  #add(file: LineFile, line: string): void {
    if (this.#failed) return
    try {
      file.append(this.#redact(line))
    } catch (error) {
      this.#failed = true
      this.#onError(error)
    }
  }
}

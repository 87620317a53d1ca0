import { createHash, type Hash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'

/**
 * A file that grows by whole lines. Writing is synchronous on purpose: a line is with the operating system, and so safe
 * from the death of this process, before anything else happens, and a slow disk slows the run down and does not fill its
 * memory. Lines wait in a buffer only until `flush`.
 */
export class LineFile {
  readonly path: string
  readonly #descriptor: number
  readonly #digest: Hash
  #pending = ''
  #open = true

  /** Continues after `digest`, the hash of what the file holds already; without it, the file begins empty. */
  constructor(path: string, digest?: Hash) {
    this.path = path
    this.#descriptor = openSync(path, digest === undefined ? 'w' : 'a')
    this.#digest = digest ?? createHash('sha256')
  }

  /** @param line With its line feed. */
  append(line: string): void {
    this.#pending += line
  }

  get pendingLength(): number {
    return this.#pending.length
  }

  flush(): void {
    if (this.#pending === '') return
    const bytes = Buffer.from(this.#pending)
    this.#pending = ''
    for (let written = 0; written < bytes.length;) written += writeSync(this.#descriptor, bytes, written)
    this.#digest.update(bytes)
  }

  /** @returns The SHA-256 of the whole file. */
  close(): string {
    this.flush()
    fsyncSync(this.#descriptor)
    this.abandon()
    return this.#digest.digest('hex')
  }

  /** Closes the file as it stands; what was not flushed is lost. */
  abandon(): void {
    if (this.#open) closeSync(this.#descriptor)
    this.#open = false
  }
}

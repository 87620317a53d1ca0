import { createHash, type Hash } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, statSync, writeSync } from 'node:fs'
import { basename } from 'node:path'

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

  /** @param digest The hash of what the file holds already, when lines are to be appended. */
  constructor(path: string, mode: 'new' | 'append', digest: Hash = createHash('sha256')) {
    this.path = path
    this.#descriptor = openSync(path, mode === 'new' ? 'w' : 'a')
    this.#digest = digest
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

  /**
   * @returns The SHA-256 of the whole file.
   * @throws when the path no longer leads to it.
   */
  close(): string {
    this.flush()
    fsyncSync(this.#descriptor)
    const written = fstatSync(this.#descriptor)
    const found = statSync(this.path, { throwIfNoEntry: false })
    this.abandon()
    if (found?.ino !== written.ino || found.dev !== written.dev)
      throw Object.assign(new Error(`${basename(this.path)} was removed or replaced while the run wrote it`), {
        code: 'ENOENT',
        syscall: 'stat',
      })
    return this.#digest.digest('hex')
  }

  /** Closes the file as it stands; what was not flushed is lost. */
  abandon(): void {
    if (this.#open) closeSync(this.#descriptor)
    this.#open = false
  }
}

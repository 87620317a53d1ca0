import { createHash, type Hash } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, statSync, writeSync } from 'node:fs'
import { basename } from 'node:path'

const bufferBytes = 1 << 20

/**
 * A file that grows by whole lines. Writing is synchronous on purpose: a line is with the operating system, and so safe
 * from the death of this process, before anything else happens, and a slow disk slows the run down and does not fill its
 * memory. Lines wait in a buffer until `flush`, or until it is full.
 */
export class LineFile {
  readonly path: string
  readonly #descriptor: number
  readonly #digest: Hash
  readonly #buffer = Buffer.allocUnsafeSlow(bufferBytes)
  #filled = 0
  #open = true

  /** @param digest The hash of what the file holds already, when lines are to be appended. */
  constructor(path: string, mode: 'new' | 'append', digest: Hash = createHash('sha256')) {
    this.path = path
    this.#descriptor = openSync(path, mode === 'new' ? 'w' : 'a')
    this.#digest = digest
  }

  /** Whether a line fits into the buffer as it is. UTF-8 takes at most three bytes for a UTF-16 unit. */
  fits(line: string): boolean {
    return line.length * 3 <= bufferBytes - this.#filled
  }

  /** @param line With its line feed. */
  append(line: string): void {
    if (!this.fits(line)) this.flush()
    if (this.fits(line)) this.#filled += this.#buffer.write(line, this.#filled)
    else this.#write(Buffer.from(line))
  }

  flush(): void {
    if (this.#filled === 0) return
    const bytes = this.#buffer.subarray(0, this.#filled)
    this.#filled = 0
    this.#write(bytes)
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

  #write(bytes: Buffer): void {
    for (let written = 0; written < bytes.length;) written += writeSync(this.#descriptor, bytes, written)
    this.#digest.update(bytes)
  }
}

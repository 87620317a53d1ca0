import { createHash, type Hash } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, statSync, writeSync } from 'node:fs'
import { basename } from 'node:path'

const bufferBytes = 1 << 18
/** What is written after the file was removed is lost, so nothing goes on for longer than this. */
const lookEveryMs = 1000

/**
 * A file that grows by whole lines. Each is written at once, and synchronously, on purpose: it is with the operating
 * system, and so safe from the death of this process, before anything else happens, and a slow disk slows a run down and
 * does not fill its memory. It costs 2 µs a line; gathering lines would save half of that.
 */
export class LineFile {
  readonly path: string
  readonly #descriptor: number
  readonly #digest: Hash
  readonly #buffer = Buffer.allocUnsafeSlow(bufferBytes)
  #open = true
  #nextLook = performance.now() + lookEveryMs

  /** @param digest The hash of what the file holds already, when lines are to be appended. */
  constructor(path: string, mode: 'new' | 'append', digest: Hash = createHash('sha256')) {
    this.path = path
    this.#descriptor = openSync(path, mode === 'new' ? 'w' : 'a')
    this.#digest = digest
  }

  /**
   * @param line With its line feed.
   * @throws when the path has not led to the file for a while.
   */
  append(line: string): void {
    if (performance.now() >= this.#nextLook) this.#checkPlace()
    const bytes = this.#encode(line)
    for (let written = 0; written < bytes.length;)
      written += writeSync(this.#descriptor, bytes, written, bytes.length - written)
    this.#digest.update(bytes)
  }

  /**
   * @returns The SHA-256 of the whole file.
   * @throws when the path no longer leads to it.
   */
  close(): string {
    try {
      fsyncSync(this.#descriptor)
      this.#checkPlace()
    } finally {
      this.abandon()
    }
    return this.#digest.digest('hex')
  }

  /** Closes the file as it stands. */
  abandon(): void {
    if (this.#open) closeSync(this.#descriptor)
    this.#open = false
  }

  #checkPlace(): void {
    const written = fstatSync(this.#descriptor)
    const found = statSync(this.path, { throwIfNoEntry: false })
    this.#nextLook = performance.now() + lookEveryMs
    if (found?.ino !== written.ino || found.dev !== written.dev)
      throw Object.assign(new Error(`${basename(this.path)} was removed or replaced while the run wrote it`), {
        code: 'ENOENT',
        syscall: 'stat',
      })
  }

  /** Into the same memory each time, but for a line that is too long for it: UTF-8 takes at most 3 bytes a UTF-16 unit. */
  #encode(line: string): Buffer {
    return line.length * 3 > bufferBytes ? Buffer.from(line) : this.#buffer.subarray(0, this.#buffer.write(line))
  }
}

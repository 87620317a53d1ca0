import { type FileHandle, open } from 'node:fs/promises'

const lineFeed = 0x0a
const carriageReturn = 0x0d

/**
 * Walks the lines of a file over one buffer, without making a string or an object per line. Blank lines are passed
 * over, a carriage return before the line feed is left out. The bytes from `start` to `end` are the line; the buffer is
 * reused, so they are good until the next step.
 */
export class LineCursor {
  buffer: Buffer
  /** Where the current line begins in `buffer`. */
  start = 0
  end = 0
  /** Number of the current line in the file, from 1. */
  line = 0
  /** Whether the current line ends with a line feed; false only for a last line without one. */
  terminated = true
  /** Bytes read so far. */
  bytes = 0
  readonly path: string
  readonly #file: FileHandle
  #next = 0
  #filled = 0
  #bufferOffset = 0
  #atEnd = false

  private constructor(file: FileHandle, path: string, chunkBytes: number) {
    this.#file = file
    this.path = path
    this.buffer = Buffer.allocUnsafe(chunkBytes)
  }

  static async open(path: string, chunkBytes: number = 4 << 20): Promise<LineCursor> {
    return new LineCursor(await open(path, 'r'), path, chunkBytes)
  }

  /** Where the current line begins in the file. */
  get offset(): number {
    return this.#bufferOffset + this.start
  }

  /** A copy of the current line. */
  copy(): Buffer {
    return Buffer.from(this.buffer.subarray(this.start, this.end))
  }

  /** Goes to the next line that is in the buffer already. False: call `fill`, which may find more. */
  step(): boolean {
    for (;;) {
      const feed = this.#next < this.#filled ? this.buffer.indexOf(lineFeed, this.#next) : -1
      if (feed === -1 || feed >= this.#filled) return false
      this.line += 1
      this.start = this.#next
      this.end = feed > this.start && this.buffer[feed - 1] === carriageReturn ? feed - 1 : feed
      this.#next = feed + 1
      if (!isBlank(this.buffer, this.start, this.end)) return true
    }
  }

  /** Reads on and goes to the next line. False at the end of the file. */
  async fill(): Promise<boolean> {
    while (!this.#atEnd) {
      await this.#readMore()
      if (this.step()) return true
    }
    if (this.#next >= this.#filled) return false
    this.line += 1
    this.start = this.#next
    this.end = this.#filled
    this.#next = this.#filled
    this.terminated = false
    return !isBlank(this.buffer, this.start, this.end)
  }

  /** Goes to the next line. False at the end of the file. */
  async next(): Promise<boolean> {
    return this.step() || (await this.fill())
  }

  /** Reads the bytes of an earlier line again. */
  async readAgain(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length)
    await this.#file.read(bytes, 0, length, offset)
    return bytes
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async #readMore(): Promise<void> {
    const rest = this.#filled - this.#next
    if (rest === this.buffer.length) {
      const larger = Buffer.allocUnsafe(this.buffer.length * 2)
      this.buffer.copy(larger, 0, this.#next, this.#filled)
      this.buffer = larger
    } else if (this.#next > 0) this.buffer.copyWithin(0, this.#next, this.#filled)
    this.#bufferOffset += this.#next
    this.#next = 0
    this.#filled = rest
    const { bytesRead } = await this.#file.read(
      this.buffer,
      rest,
      this.buffer.length - rest,
      this.#bufferOffset + this.#filled,
    )
    this.#filled += bytesRead
    this.bytes += bytesRead
    if (bytesRead === 0) this.#atEnd = true
  }
}

function isBlank(buffer: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = buffer[at]
    if (byte !== 0x20 && byte !== 0x09 && byte !== carriageReturn) return false
  }
  return true
}

import { type FileHandle, open } from 'node:fs/promises'

const lineFeed = 0x0a
const carriageReturn = 0x0d

/** Room before each chunk for the part of a line that the chunk before it ended with. */
const firstHeadroom = 256 << 10

/**
 * Walks the lines of a file over two buffers, one being read while the other is worked on, without making a string or an
 * object per line. Blank lines are passed over, a carriage return before the line feed is left out. The bytes from
 * `start` to `end` of `buffer` are the line; they are good until the next step.
 */
export class LineCursor {
  buffer: Buffer
  start = 0
  end = 0
  /** Number of the current line in the file, from 1. */
  line = 0
  /** Whether the current line ends with a line feed; false only for a last line without one. */
  terminated = true
  readonly path: string
  readonly #file: FileHandle
  readonly #chunkBytes: number
  #headroom = firstHeadroom
  #spare: Buffer
  #reading: Promise<number>
  #next: number
  #filled: number
  /** Where byte 0 of `buffer` would stand in the file. */
  #bufferOffset: number
  #atEnd = false

  private constructor(file: FileHandle, path: string, chunkBytes: number) {
    this.#file = file
    this.path = path
    this.#chunkBytes = chunkBytes
    this.buffer = Buffer.allocUnsafe(this.#headroom + chunkBytes)
    this.#spare = Buffer.allocUnsafe(this.#headroom + chunkBytes)
    this.#next = this.#headroom
    this.#filled = this.#headroom
    this.#bufferOffset = -this.#headroom
    this.#reading = this.#readAt(0)
  }

  static async open(path: string, chunkBytes: number = 2 << 20): Promise<LineCursor> {
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
      await this.#nextChunk()
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

  /** Reads the bytes of an earlier line again. */
  async readAgain(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length)
    await this.#file.read(bytes, 0, length, offset)
    return bytes
  }

  async close(): Promise<void> {
    await this.#reading.catch(() => 0)
    await this.#file.close()
  }

  async #nextChunk(): Promise<void> {
    const chunkOffset = this.#bufferOffset + this.#filled
    const bytesRead = await this.#reading
    if (bytesRead === 0) {
      this.#atEnd = true
      return
    }
    const rest = this.#filled - this.#next
    if (rest > this.#headroom) this.#makeRoom(rest, bytesRead)
    const from = this.#headroom - rest
    this.buffer.copy(this.#spare, from, this.#next, this.#filled)
    const free = this.buffer
    this.buffer = this.#spare
    this.#spare = free.length === this.buffer.length ? free : Buffer.allocUnsafe(this.buffer.length)
    this.#next = from
    this.#filled = this.#headroom + bytesRead
    this.#bufferOffset = chunkOffset - this.#headroom
    this.#reading = this.#readAt(chunkOffset + bytesRead)
  }

  /** For lines that are longer than the room: the chunk that was read moves to a buffer with more of it. */
  #makeRoom(rest: number, bytesRead: number): void {
    const headroom = rest * 2
    const larger = Buffer.allocUnsafe(headroom + this.#chunkBytes)
    this.#spare.copy(larger, headroom, this.#headroom, this.#headroom + bytesRead)
    this.#headroom = headroom
    this.#spare = larger
  }

  async #readAt(offset: number): Promise<number> {
    const { bytesRead } = await this.#file.read(this.#spare, this.#headroom, this.#chunkBytes, offset)
    return bytesRead
  }
}

function isBlank(buffer: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = buffer[at]
    if (byte !== 0x20 && byte !== 0x09 && byte !== carriageReturn) return false
  }
  return true
}

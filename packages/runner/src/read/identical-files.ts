import { open, stat } from 'node:fs/promises'
import { RecordView } from './record-view.ts'

const chunkBytes = 4 << 20
const lineFeed = 0x0a
const carriageReturn = 0x0d

/**
 * Compares two files byte by byte, without looking for records.
 *
 * @returns The number of records, or undefined where the files differ.
 */
export async function identicalFiles(a: string, b: string): Promise<number | undefined> {
  if ((await stat(a)).size !== (await stat(b)).size) return undefined
  const files = [await open(a, 'r'), await open(b, 'r')] as const
  try {
    // One pair of chunks is read while the other is compared.
    const chunks = [0, 1].map(() => files.map(() => Buffer.allocUnsafe(chunkBytes)))
    const readAt = (round: number): Promise<number[]> =>
      Promise.all(
        files.map(async (file, index) => {
          const { bytesRead } = await file.read(chunks[round % 2]![index]!, 0, chunkBytes, round * chunkBytes)
          return bytesRead
        }),
      )
    let records = 0
    /** Bytes of the line that the last chunk broke off, kept to see whether it is a record. */
    let rest = Buffer.alloc(0)
    let last = false
    let reading = readAt(0)
    for (let round = 0; ; round++) {
      const [read, otherRead] = await reading
      if (read === 0 && otherRead === 0) break
      reading = readAt(round + 1)
      const [chunk, other] = chunks[round % 2]! as [Buffer, Buffer]
      if (last || read !== otherRead || chunk.compare(other, 0, read, 0, read) !== 0) {
        await reading
        return undefined
      }
      // Nothing may follow a chunk that is not full: what it lacks was not compared.
      last = read! < chunkBytes
      let lineStart = 0
      for (let feed = chunk.indexOf(lineFeed); feed !== -1 && feed < read!; feed = chunk.indexOf(lineFeed, lineStart)) {
        const length = feed - lineStart + (lineStart === 0 ? rest.length : 0)
        if (length > 1 || (length === 1 && chunk[feed - 1] !== carriageReturn)) records += 1
        lineStart = feed + 1
      }
      const left = chunk.subarray(lineStart, read)
      rest = lineStart === 0 ? Buffer.concat([rest, left]) : Buffer.from(left)
    }
    return records + (rest.length > 0 && RecordView.of(rest, 1) !== undefined ? 1 : 0)
  } finally {
    for (const file of files) await file.close()
  }
}

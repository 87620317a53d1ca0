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
    const chunks = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)] as const
    const [chunk, other] = chunks
    let records = 0
    /** Bytes of the line that the last chunk broke off, kept to see whether it is a record. */
    let rest = Buffer.alloc(0)
    for (let offset = 0; ;) {
      const [read, otherRead] = await Promise.all(
        files.map(async (file, index) => (await file.read(chunks[index]!, 0, chunkBytes, offset)).bytesRead),
      )
      if (read !== otherRead || chunk.compare(other, 0, read, 0, read) !== 0) return undefined
      if (read === 0) break
      offset += read!
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

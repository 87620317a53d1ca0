import { LineCursor } from './line-cursor.ts'
import { RecordView } from './record-view.ts'

/** The first record of a file. Undefined where it has none, or where its first line is torn. */
export async function firstRecord(path: string): Promise<RecordView | undefined> {
  const cursor = await LineCursor.open(path, 64 << 10)
  try {
    return cursor.step() || (await cursor.fill()) ? RecordView.of(cursor.copy(), cursor.line) : undefined
  } finally {
    await cursor.close()
  }
}

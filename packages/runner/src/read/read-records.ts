import { LineCursor } from './line-cursor.ts'
import { RecordView } from './record-view.ts'
import { unreadableLine } from './unreadable-line.ts'

/**
 * Every record of a file. The view is reused: take from it what is needed before the next one. A torn last line is left
 * out.
 *
 * @throws {InsideLLMsError} `invalid_request` for a line that is no JSON object.
 */
export async function* readRecords(path: string): AsyncGenerator<RecordView> {
  const cursor = await LineCursor.open(path)
  const record = new RecordView()
  record.path = path
  try {
    while (cursor.step() || (await cursor.fill())) {
      if (record.point(cursor.buffer, cursor.start, cursor.end, cursor.line)) yield record
      else if (cursor.terminated) throw unreadableLine(path, cursor.line)
    }
  } finally {
    await cursor.close()
  }
}

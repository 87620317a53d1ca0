import { InsideLLMsError } from '@insidellms/core'
import { LineCursor } from './line-cursor.ts'
import { RecordView } from './record-view.ts'

/**
 * Every record of a file. The view is reused: take from it what is needed before the next one. A torn last line is left
 * out.
 *
 * @throws {InsideLLMsError} `invalid_request` for a line that is no JSON object.
 */
export async function* readRecords(path: string): AsyncGenerator<RecordView> {
  const cursor = await LineCursor.open(path)
  const record = new RecordView()
  try {
    while (cursor.step() || (await cursor.fill())) {
      if (record.point(cursor.buffer, cursor.start, cursor.end, cursor.line)) yield record
      else if (cursor.terminated)
        throw new InsideLLMsError(
          'invalid_request',
          `${path}, line ${cursor.line}: this is no JSON object. Run \`insidellms validate\` on it, and restore the file.`,
        )
    }
  } finally {
    await cursor.close()
  }
}

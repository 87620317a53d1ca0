import { truncateSync } from 'node:fs'
import { LineCursor } from '../read/line-cursor.ts'

/** Cuts off a last line that was not written to its end, because its process died. */
export async function dropTornLine(path: string): Promise<void> {
  const lines = await LineCursor.open(path)
  try {
    while (lines.step() || (await lines.fill())) if (!lines.terminated) return truncateSync(path, lines.offset)
  } finally {
    await lines.close()
  }
}

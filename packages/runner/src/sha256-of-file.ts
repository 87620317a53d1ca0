import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

const chunkBytes = 4 << 20

/** 64 lowercase hex digits. */
export async function sha256OfFile(path: string): Promise<string> {
  const file = await open(path, 'r')
  try {
    const digest = createHash('sha256')
    const chunks = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)]
    let reading = file.read(chunks[0]!, 0, chunkBytes, 0)
    for (let offset = 0, turn = 0; ; turn = 1 - turn) {
      const { bytesRead } = await reading
      if (bytesRead === 0) return digest.digest('hex')
      offset += bytesRead
      reading = file.read(chunks[1 - turn]!, 0, chunkBytes, offset)
      digest.update(chunks[turn]!.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

import { type FileHandle, open, stat } from 'node:fs/promises'
import { InsideLLMsError } from '@insidellms/core'

/** Small, so that the items of a piece are used up before the garbage collector takes them for long-lived. */
const chunkBytes = 32 * 1024

/**
 * The bytes of a file, piece by piece. A piece may be reused once the next one is asked for.
 *
 * @throws {InsideLLMsError} `config` when it cannot be read.
 */
export async function* readChunks(path: string, label: string): AsyncGenerator<Buffer, void, undefined> {
  const file = await openFile(path, label)
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes)
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, chunkBytes, null)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

async function openFile(path: string, label: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'r')
    if (!(await file.stat()).isDirectory()) return file
    await file.close()
    throw new InsideLLMsError('config', `The dataset ${label} is a directory. Give the path of a file.`)
  } catch (error) {
    if (InsideLLMsError.isInstance(error)) throw error
    const { code, message } = error as NodeJS.ErrnoException
    throw new InsideLLMsError(
      'config',
      code === 'ENOENT'
        ? `There is no dataset at ${label} (${path}). Relative paths start at the config's folder.`
        : `Cannot read the dataset ${label}: ${message}.`,
      { cause: error },
    )
  }
}

/** Size and time of the last change: another value means another content. */
export async function fileState(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found && `${found.size} ${found.mtimeMs}`
}

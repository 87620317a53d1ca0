import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { InsideLLMsError } from '@insidellms/core'
import { cachedPath, type HubPlace } from './hub-cache.ts'
import type { HubClient } from './hub-client.ts'
import type { HubFile } from './hub-listing.ts'

const mostAttempts = 5

/**
 * The path of a file's copy on this disk, fetched when it is not there. What was broken off is gone on with, and a file
 * gets its name only when it is whole and its digest is the one that the hub states.
 *
 * @throws {InsideLLMsError} `network` or what the client throws.
 */
export async function fetchFile(client: HubClient, place: HubPlace, file: HubFile): Promise<string> {
  const target = cachedPath(place, file.path)
  if (await isWhole(target, file)) return target
  try {
    await mkdir(dirname(target), { recursive: true })
    const part = await claimPart(target)
    for (let attempt = 1; !(await isWhole(part, file)); attempt++) {
      if (attempt > mostAttempts) throw await broken(client, place, file, part)
      await fetchOn(client, place, file, part)
    }
    await rename(part, target)
    return target
  } catch (error) {
    if (InsideLLMsError.isInstance(error)) throw error
    throw new InsideLLMsError(
      'config',
      `Cannot keep ${file.path} of the dataset ${place.name} in ${place.folder}: ${(error as Error).message}. Set INSIDELLMS_CACHE_DIR to a folder with room.`,
      { cause: error },
    )
  }
}

/** Appends what is missing. A connection that breaks leaves what came before. */
async function fetchOn(client: HubClient, place: HubPlace, file: HubFile, part: string): Promise<void> {
  let have = (await sizeOf(part)) ?? 0
  if (have >= file.size) have = 0
  const path = file.path.split('/').map(encodeURIComponent).join('/')
  const response = await client.get(
    `datasets/${place.name}/resolve/${place.commit}/${path}`,
    place.name,
    have > 0 ? { range: `bytes=${have}-` } : {},
  )
  const appends = response.status === 206
  if (response.status === 416) {
    await response.body?.cancel()
    await rm(part, { force: true })
    return
  }
  const body =
    response.body === null ? Readable.from([]) : Readable.fromWeb(response.body as ReadableStream<Uint8Array>)
  try {
    await pipeline(body, createWriteStream(part, { flags: appends ? 'a' : 'w' }))
  } catch (error) {
    // Of the disk, not of the connection.
    if ((error as NodeJS.ErrnoException).syscall === 'write' || (error as NodeJS.ErrnoException).syscall === 'open')
      throw error
  }
}

async function broken(client: HubClient, place: HubPlace, file: HubFile, part: string): Promise<InsideLLMsError> {
  const have = (await sizeOf(part)) ?? 0
  // It would be in the way of a later attempt.
  if (have >= file.size) await rm(part, { force: true })
  const problem =
    have < file.size
      ? `the connection breaks after ${have} of ${file.size} bytes`
      : `its content is not the one that ${client.host} states (${file.digest.kind === 'git' ? 'git blob' : 'sha256'} ${file.digest.hex})`
  return new InsideLLMsError(
    'network',
    `Cannot fetch ${file.path} of the dataset ${place.name}: ${problem}. Try again: what is there is kept.`,
  )
}

async function isWhole(path: string, { size, digest }: HubFile): Promise<boolean> {
  if ((await sizeOf(path)) !== size) return false
  const hash = createHash(digest.kind === 'sha256' ? 'sha256' : 'sha1')
  if (digest.kind === 'git') hash.update(`blob ${size}\0`)
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex') === digest.hex
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => found.size,
    () => undefined,
  )
}

/**
 * A file of this process's own for what comes, so that two processes never write one. What a process of this machine that
 * is gone left behind is taken over.
 */
async function claimPart(target: string): Promise<string> {
  const prefix = `${basename(target)}.part-${hostname()}-`
  const mine = join(dirname(target), `${prefix}${process.pid}`)
  for (const name of await readdir(dirname(target))) {
    if (!name.startsWith(prefix) || isAlive(Number(name.slice(prefix.length)))) continue
    try {
      await rename(join(dirname(target), name), mine)
      return mine
    } catch {
      // Another process was quicker.
    }
  }
  return mine
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

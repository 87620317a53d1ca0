import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { InsideLLMsError } from '@insidellms/core'
import type { HubClient } from './hub-client.ts'
import { listingPath, type HubPlace } from './hub-cache.ts'

/** A file of a repository at one commit. */
export interface HubFile {
  path: string
  size: number
  /** What its content is checked against: SHA-256 where the hub states it, else git's own hash of the blob. */
  digest: { kind: 'sha256' | 'git'; hex: string }
}

const commit = /^[0-9a-f]{40}$/

/**
 * The commit that a revision stands for now.
 *
 * @throws {InsideLLMsError} what the client throws, or `invalid_response`.
 */
export async function resolveRevision(client: HubClient, name: string, revision: string): Promise<string> {
  const response = await client.get(`api/datasets/${name}/revision/${encodeURIComponent(revision)}`, name)
  const { sha } = (await json(client, response)) as { sha?: unknown }
  if (typeof sha !== 'string' || !commit.test(sha) || (commit.test(revision) && sha !== revision))
    throw new InsideLLMsError(
      'invalid_response',
      `${client.host} names no commit for the revision ${revision} of ${name}.`,
    )
  return sha
}

export function isCommit(revision: string): boolean {
  return commit.test(revision)
}

/** Every file at a commit. The list is kept: it can never change. */
export async function listFiles(client: HubClient, place: HubPlace): Promise<HubFile[]> {
  const path = listingPath(place)
  const kept = await readFile(path, 'utf8').catch(() => undefined)
  if (kept !== undefined) return JSON.parse(kept) as HubFile[]
  const files: HubFile[] = []
  let next: string | undefined = `api/datasets/${place.name}/tree/${place.commit}?recursive=true`
  while (next !== undefined) {
    const response: Response = await client.get(next, place.name)
    const entries = await json(client, response)
    if (!Array.isArray(entries))
      throw new InsideLLMsError('invalid_response', `${client.host} gives no list of the files of ${place.name}.`)
    files.push(...entries.flatMap((entry) => readEntry(entry as TreeEntry)))
    next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1]
  }
  await mkdir(dirname(path), { recursive: true })
  // By way of a name of its own: two processes may write it at once.
  const draft = `${path}.part-${process.pid}`
  await writeFile(draft, JSON.stringify(files))
  await rename(draft, path)
  return files
}

interface TreeEntry {
  type?: unknown
  path?: unknown
  size?: unknown
  oid?: unknown
  lfs?: { oid?: unknown } | null
}

function readEntry({ type, path, size, oid, lfs }: TreeEntry): HubFile[] {
  if (type !== 'file' || typeof path !== 'string' || typeof size !== 'number') return []
  if (typeof lfs?.oid === 'string') return [{ path, size, digest: { kind: 'sha256', hex: lfs.oid } }]
  return typeof oid === 'string' ? [{ path, size, digest: { kind: 'git', hex: oid } }] : []
}

async function json(client: HubClient, response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch (error) {
    throw new InsideLLMsError(
      'invalid_response',
      `${client.host} does not answer with JSON. Is HF_ENDPOINT the address of a Hugging Face hub?`,
      { cause: error },
    )
  }
}

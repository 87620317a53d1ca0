import { homedir } from 'node:os'
import { join, relative, resolve, sep } from 'node:path'
import { InsideLLMsError } from '@insidellms/core'

/** A dataset at one commit, and the folder for what is fetched of it. */
export interface HubPlace {
  name: string
  commit: string
  folder: string
}

/**
 * Where a commit's files are kept: in `INSIDELLMS_CACHE_DIR`, else in the user's folder for caches.
 *
 * @param host Of the hub.
 */
export function hubPlace(
  host: string,
  name: string,
  commit: string,
  environment: Record<string, string | undefined> = process.env,
): HubPlace {
  const root = environment['INSIDELLMS_CACHE_DIR'] || userCache(environment)
  return { name, commit, folder: resolve(root, 'huggingface', host.replaceAll(':', '_'), ...name.split('/'), commit) }
}

export function listingPath({ folder }: HubPlace): string {
  return join(folder, 'files.json')
}

/** @throws {InsideLLMsError} `invalid_response` for a name that leads out of the folder. */
export function cachedPath({ folder, name }: HubPlace, path: string): string {
  const files = join(folder, 'files')
  const target = resolve(files, path)
  const inside = relative(files, target)
  if (inside === '' || inside.startsWith('..') || resolve(inside) === inside || path.includes('\\'))
    throw new InsideLLMsError('invalid_response', `The dataset ${name} has a file of an unsafe name; it is not read.`)
  return target
}

function userCache(environment: Record<string, string | undefined>): string {
  const base =
    environment['XDG_CACHE_HOME'] ||
    (sep === '\\' ? environment['LOCALAPPDATA'] : undefined) ||
    join(homedir(), '.cache')
  return join(base, 'insidellms')
}

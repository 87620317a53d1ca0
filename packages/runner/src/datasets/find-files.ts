import { glob, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { InsideLLMsError } from '@insidellms/core'

/** A file of a dataset. */
export interface FoundFile {
  /** Absolute. */
  path: string
  /** For messages and the manifest: as written in the config, or as the pattern found it, with `/` between folders. */
  label: string
}

/**
 * The files that a dataset's `path` names: each path in its order, what a pattern such as `data/*.jsonl` finds in the
 * order of its names' code units. A file that is named twice counts once, where it comes first.
 *
 * @throws {InsideLLMsError} `config` for a pattern that finds nothing.
 */
export async function findFiles(paths: readonly string[], directory: string): Promise<FoundFile[]> {
  const files = new Map<string, FoundFile>()
  for (const written of paths)
    for (const label of await labelsOf(written, directory)) {
      const path = resolve(directory, label.replaceAll('\\', '/'))
      if (!files.has(path)) files.set(path, { path, label })
    }
  return [...files.values()]
}

async function labelsOf(written: string, directory: string): Promise<string[]> {
  const pattern = written.replaceAll('\\', '/')
  // A file can be named like a pattern.
  if (!/[*?[{]/.test(pattern) || (await isThere(resolve(directory, pattern)))) return [written]
  const found: string[] = []
  for await (const entry of glob(pattern, { cwd: directory, withFileTypes: true }))
    if (!entry.isDirectory()) found.push(resolve(entry.parentPath, entry.name))
  if (found.length === 0)
    throw new InsideLLMsError(
      'config',
      `No file matches ${written} in ${directory}. Relative paths start at the config's folder.`,
    )
  return found.map((path) => labelOf(path, pattern, directory)).sort()
}

/** Relative where the pattern is. */
function labelOf(path: string, pattern: string, directory: string): string {
  return (isAbsolute(pattern) ? path : relative(directory, path)).replaceAll(sep, '/')
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

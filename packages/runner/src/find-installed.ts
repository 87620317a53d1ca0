import { readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A package as it is installed now. */
export interface InstalledPackage {
  /** Symlinks resolved: its own dependencies are found from here. */
  directory: string
  version: string
}

/** Finds a package by walking up. Never through `exports`, which hides package.json from packages that are only imported. */
export function findInstalled(name: string, from: string): InstalledPackage | undefined {
  for (let directory = from; ; directory = dirname(directory)) {
    const found = readInstalled(join(directory, 'node_modules', name))
    if (found !== undefined || dirname(directory) === directory) return found
  }
}

function readInstalled(directory: string): InstalledPackage | undefined {
  try {
    const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { version?: unknown }
    return typeof version === 'string' ? { directory: realpathSync(directory), version } : undefined
  } catch {
    return undefined
  }
}

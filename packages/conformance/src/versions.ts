import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The version of the core that the drivers under test run on. */
export function installedCoreVersion(): string {
  return manifestAt(createRequire(import.meta.url).resolve('@insidellms/core/package.json')).version
}

export function kitVersion(): string {
  return manifestAt(fileURLToPath(new URL('../package.json', import.meta.url))).version
}

/** Name and version of the package in a folder. */
export function packageIdentity(folder: string | URL | undefined): { package: string | null; version: string | null } {
  if (folder === undefined) return { package: null, version: null }
  const path = typeof folder === 'string' ? folder : fileURLToPath(folder)
  const { name, version } = manifestAt(join(path, 'package.json'))
  return { package: name ?? null, version: version ?? null }
}

function manifestAt(path: string): { name: string; version: string } {
  return JSON.parse(readFileSync(path, 'utf8')) as { name: string; version: string }
}

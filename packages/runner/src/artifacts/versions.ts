import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Versions of what runs: known without a network, the same on every machine with the same installation. */
export function readVersions(): { core: string; runner: string; node: string } {
  const versionOf = (path: string): string => (require(path) as { version: string }).version
  return {
    core: versionOf('@insidellms/core/package.json'),
    runner: versionOf('../../package.json'),
    node: process.versions.node,
  }
}

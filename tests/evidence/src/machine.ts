import { execFileSync, spawnSync } from 'node:child_process'

/** Root on Linux, where mounting is allowed. */
export const canMount: boolean = succeeds('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'])

/** A process can be started in a network namespace of its own, where nothing can be reached. */
export const canUnshareNetwork: boolean = succeeds('unshare', ['-n', 'true'])

function succeeds(program: string, args: string[]): boolean {
  return process.platform === 'linux' && spawnSync(program, args, { stdio: 'ignore' }).status === 0
}

/** Path of a Node of this major version: this process's, else one from the npm registry, else undefined. */
export function nodeOfMajor(major: number): string | undefined {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  try {
    const args = ['-y', '-p', `node@${major}`, 'node', '-p', 'process.execPath']
    return execFileSync('npx', args, {
      encoding: 'utf8',
      shell: process.platform === 'win32',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 120_000,
    }).trim()
  } catch {
    return undefined
  }
}

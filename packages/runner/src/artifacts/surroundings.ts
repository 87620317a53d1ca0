import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { JsonObject } from '@insidellms/core'
import { sha256OfFile } from '../sha256-of-file.ts'

const lockfiles = ['pnpm-lock.yaml', 'package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'bun.lock']
const gitTimeoutMs = 10_000

/**
 * What a run was made in, for its manifest: the commit of the config's repository and whether tracked files differ from
 * it, and the lockfile that the installed versions come from. What is not there is left out.
 */
export async function readSurroundings(
  directory: string,
  workingDirectory: string = process.cwd(),
): Promise<JsonObject> {
  const [git, lockfile] = await Promise.all([readGit(directory), readLockfile(workingDirectory)])
  return { ...(git && { git }), ...(lockfile && { lockfile }) }
}

async function readGit(directory: string): Promise<JsonObject | undefined> {
  const [commit, changes] = await Promise.all([
    git(directory, ['rev-parse', 'HEAD']),
    git(directory, ['status', '--porcelain', '--untracked-files=no']),
  ])
  return commit === undefined || changes === undefined ? undefined : { commit, dirty: changes !== '' }
}

/** Undefined without git, outside a repository, and in one without a commit. */
function git(directory: string, args: string[]): Promise<string | undefined> {
  return new Promise((resolved) => {
    // No monitor: looking at a repository should not start a program that its config names.
    execFile(
      'git',
      ['-c', 'core.fsmonitor=false', '-C', directory, ...args],
      { timeout: gitTimeoutMs, windowsHide: true, maxBuffer: 1 << 26 },
      (error, stdout) => resolved(error === null ? stdout.trim() : undefined),
    )
  })
}

/** The nearest lockfile, in the working directory or above it. */
async function readLockfile(workingDirectory: string): Promise<JsonObject | undefined> {
  for (let directory = resolve(workingDirectory); ; directory = dirname(directory)) {
    const name = lockfiles.find((candidate) => existsSync(join(directory, candidate)))
    if (name !== undefined) return { name, sha256: await sha256OfFile(join(directory, name)) }
    if (dirname(directory) === directory) return undefined
  }
}

/** Where one directory is, seen from another, with forward slashes: it says nothing about the machine. */
export function relativePlace(from: string, to: string): string {
  return relative(from, to).split(sep).join('/') || '.'
}

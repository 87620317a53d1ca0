import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** @returns {Promise<string>} what it prints */
async function git(directory, ...args) {
  const { stdout } = await execute('git', args, { cwd: directory })
  return stdout.trim()
}

/** @returns {Promise<string>} the commit that is checked out */
export function headCommit(repository) {
  return git(repository, 'rev-parse', 'HEAD')
}

/**
 * @param {string} repository
 * @param {string} revision a commit, tag or branch, here or at origin
 * @returns {Promise<string>} its commit, fetched where a shallow checkout has not got it
 */
export async function baseCommit(repository, revision) {
  try {
    return await git(repository, 'rev-parse', '--verify', '--quiet', `${revision}^{commit}`)
  } catch {
    try {
      await git(repository, 'fetch', '--no-tags', '--depth=1', 'origin', revision)
    } catch (error) {
      throw new Error(`base: neither this checkout nor origin has "${revision}": ${error.stderr?.trim()}`, {
        cause: error,
      })
    }
    return git(repository, 'rev-parse', 'FETCH_HEAD^{commit}')
  }
}

/**
 * Checks a commit out beside the workspace, for as long as `use` takes.
 *
 * @template T
 * @param {string} repository
 * @param {string} commit
 * @param {string} directory where; must not exist
 * @param {() => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withWorktree(repository, commit, directory, use) {
  await git(repository, 'worktree', 'add', '--detach', directory, commit)
  try {
    return await use()
  } finally {
    await git(repository, 'worktree', 'remove', '--force', directory)
  }
}

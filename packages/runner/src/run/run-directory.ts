import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { InsideLLMsError } from '@insidellms/core'
import { lockFile, RunLock } from './run-lock.ts'
import { writeReason } from './write-reason.ts'

/** The files of a run directory that a run writes. */
export const runFiles = {
  sentinel: '.insidellms_run',
  config: 'config.resolved.yaml',
  records: 'records.jsonl',
  calls: 'calls.jsonl',
  manifest: 'manifest.json',
  summary: 'summary.json',
  recordDigests: 'records.digests',
  callDigests: 'calls.digests',
} as const

/** Written by other commands, or by the Python original; `overwrite` removes them too. */
const derivedFiles = ['report.html', 'results.jsonl', 'explain.json']

const sentinelText = 'insideLLMs run directory\n'

export interface DirectoryChoice {
  runDir?: string
  outputDir?: string
  configDirectory: string
  runId: string
}

/** The directory asked for, else the config's, else one named by the run id under $INSIDELLMS_RUN_ROOT or ~/.insidellms/runs. */
export function chooseRunDirectory({ runDir, outputDir, configDirectory, runId }: DirectoryChoice): string {
  if (runDir !== undefined) return resolve(runDir)
  if (outputDir !== undefined) return resolve(configDirectory, outputDir)
  const root = process.env['INSIDELLMS_RUN_ROOT']
  return root ? resolve(root, runId) : join(homedir(), '.insidellms', 'runs', runId)
}

/** `fresh`: it must be empty. `overwrite`: an older run goes. `resume`: an older run stays. */
export type DirectoryMode = 'fresh' | 'overwrite' | 'resume'

/**
 * Makes the directory ready and locks it.
 *
 * @throws {InsideLLMsError} `duplicate` when it is in use or not empty, `config` when it cannot be written.
 */
export function openRunDirectory(directory: string, mode: DirectoryMode): RunLock {
  try {
    // Of a read-only file system mkdir only says that the directory is not there.
    accessSync(existingPart(directory), constants.W_OK)
    mkdirSync(directory, { recursive: true })
    if (!statSync(directory).isDirectory()) throw new Error('it is a file')
    accessSync(directory, constants.W_OK)
  } catch (error) {
    throw unwritable(directory, error)
  }
  const present = readdirSync(directory).filter((name) => !name.startsWith(lockFile))
  if (present.length > 0) checkOldRun(directory, present, mode)
  let lock: RunLock
  try {
    lock = RunLock.acquire(directory)
  } catch (error) {
    throw InsideLLMsError.isInstance(error) ? error : unwritable(directory, error)
  }
  try {
    if (mode === 'overwrite')
      for (const name of [...Object.values(runFiles), ...derivedFiles]) rmSync(join(directory, name), { force: true })
    const sentinel = join(directory, runFiles.sentinel)
    if (!existsSync(sentinel)) writeFileSync(sentinel, sentinelText)
  } catch (error) {
    lock.release()
    throw unwritable(directory, error)
  }
  return lock
}

function checkOldRun(directory: string, present: string[], mode: DirectoryMode): void {
  const isRun = [runFiles.sentinel, runFiles.manifest, runFiles.records, runFiles.config].some((name) =>
    present.includes(name),
  )
  if (!isRun)
    throw new InsideLLMsError(
      'duplicate',
      `The directory ${directory} is not empty and holds no run. Choose another directory.`,
    )
  if (mode === 'fresh')
    throw new InsideLLMsError(
      'duplicate',
      `The directory ${directory} holds a run already. Resume it (resume), replace it (overwrite), or choose another directory.`,
    )
}

/** The directory itself, or the nearest one above it that is there. */
function existingPart(directory: string): string {
  let part = directory
  while (!existsSync(part) && dirname(part) !== part) part = dirname(part)
  return part
}

function unwritable(directory: string, error: unknown): InsideLLMsError {
  const { code } = error as NodeJS.ErrnoException
  const advice =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'Make room there, or choose a directory elsewhere.'
      : `Choose a directory below one that you can write, such as ${join(dirname(process.cwd()), 'runs')}.`
  return new InsideLLMsError(
    'config',
    `Cannot write the run directory ${directory}: ${writeReason(error)}. ${advice}`,
    { cause: error },
  )
}

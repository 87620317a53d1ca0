import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { InsideLLMsError } from '@insidellms/core'

export const lockFile = '.insidellms_lock'

interface Holder {
  pid: number
  host: string
  /** When that process began, as the system tells it: a number that a later process with the same pid does not have. */
  started: string | null
  token: string
}

/**
 * Keeps a second process out of a run directory. A lock whose process is gone is taken over, so a run that was killed can
 * be resumed at once.
 */
export class RunLock {
  readonly #path: string
  readonly #token: string

  private constructor(path: string, token: string) {
    this.#path = path
    this.#token = token
  }

  /** @throws {InsideLLMsError} `duplicate` when another process holds it. */
  static acquire(directory: string): RunLock {
    const path = join(directory, lockFile)
    const mine: Holder = {
      pid: process.pid,
      host: hostname(),
      started: processStart(process.pid),
      token: randomUUID(),
    }
    // Written apart and linked: nobody can see a lock that is not whole.
    const draft = `${path}.${mine.token}`
    writeFileSync(draft, JSON.stringify(mine))
    try {
      for (let attempt = 0; attempt < 10; attempt++) {
        if (link(draft, path)) return new RunLock(path, mine.token)
        const text = read(path)
        if (text === undefined) continue
        const holder = parse(text)
        if (holder !== undefined && isAlive(holder)) throw inUse(directory, path, holder)
        removeStale(path, text)
      }
    } finally {
      rmSync(draft, { force: true })
    }
    throw new InsideLLMsError('duplicate', `The lock of ${directory} changes hands all the time. Try again.`)
  }

  release(): void {
    const text = read(this.#path)
    if (text !== undefined && parse(text)?.token === this.#token) rmSync(this.#path, { force: true })
  }
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EOPNOTSUPP') throw error
  }
  // A file system without hard links.
  try {
    writeFileSync(to, readFileSync(from), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Moves it aside first: of two processes that find it stale, only one can. */
function removeStale(path: string, expected: string): void {
  const aside = `${path}.stale.${randomUUID()}`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  // Another process was quicker, and this is its new lock: back with it.
  if (read(aside) !== expected) link(aside, path)
  rmSync(aside, { force: true })
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function parse(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null
    return typeof holder?.pid === 'number' && typeof holder.host === 'string' ? (holder as Holder) : undefined
  } catch {
    return undefined
  }
}

/** A process on another machine cannot be asked, so it counts as alive. */
function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return true
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const started = processStart(holder.pid)
  return started === null || holder.started === null || started === holder.started
}

/** Boot and tick of a process's start, where the system has a /proc. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${ticks}`
  } catch {
    return null
  }
}

function inUse(directory: string, path: string, holder: Holder): InsideLLMsError {
  const elsewhere = holder.host === hostname() ? '' : ` on ${holder.host}`
  const advice = elsewhere === '' ? 'Wait for it, or choose another directory.' : `If it is gone, delete ${path}.`
  return new InsideLLMsError(
    'duplicate',
    `The run directory ${directory} is in use by process ${holder.pid}${elsewhere}. ${advice}`,
  )
}

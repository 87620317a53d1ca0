import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { withoutExports } from './check-syntax.ts'
import type { CodeLanguage } from './code-language.ts'
import { javascriptBootstrap, type SandboxInput, type SandboxLine } from './javascript-bootstrap.ts'
import { pythonBootstrap } from './python-bootstrap.ts'
import { pythonExecutable } from './python-executable.ts'
import { residentBytes } from './resident-bytes.ts'

export interface CodeLimits {
  /** Milliseconds for everything, start of the process included. */
  timeoutMs: number
  /** Megabytes of resident memory. */
  memoryMb: number
  /** The Python to run. */
  python: string
}

export interface CodeRequest {
  language: CodeLanguage
  code: string
  entryPoint?: string
  calls: unknown[][]
  checks: string[]
}

/** What came of one call or check. */
export interface CodeOutcome {
  value?: unknown
  error?: string
}

export interface CodeRun {
  /** For each call, then for each check; undefined for those that it never came to. */
  calls: (CodeOutcome | undefined)[]
  checks: (CodeOutcome | undefined)[]
  /** Why it ended before its end. */
  stopped?: string
}

/** Bytes that an answer may print, and bytes of results. */
const outputLimit = 1_000_000

/**
 * Runs code that a model wrote: in a process of its own, with an empty environment and a temporary folder as its working
 * directory, that is killed with all of its group at the limits of time, memory and output.
 *
 * JavaScript runs under Node's permission model (no files, processes, workers or native code), without evaluation of
 * strings, in a context that cannot load modules, which leaves it no network. Python is limited by the kernel and by an
 * audit hook, on Linux and macOS.
 *
 * This stops what a model writes by mistake or by imitation. It is no wall against somebody who knows the interpreter:
 * to run what an attacker wrote, run the whole of insideLLMs in a container or a virtual machine.
 *
 * @throws {InsideLLMsError} `config` when there is no Python, `unsupported` for Python on Windows.
 */
export async function runCode(request: CodeRequest, limits: CodeLimits): Promise<CodeRun> {
  const executable = request.language === 'python' ? await pythonExecutable(limits.python) : process.execPath
  const folder = await mkdtemp(join(tmpdir(), 'insidellms-code-'))
  try {
    return await runIn(folder, executable, request, limits)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
}

async function runIn(
  folder: string,
  executable: string,
  { language, code, entryPoint, calls, checks }: CodeRequest,
  { timeoutMs, memoryMb }: CodeLimits,
): Promise<CodeRun> {
  const python = language === 'python'
  const args = python
    ? ['-I', '-S', '-B', '-c', pythonBootstrap]
    : [
        '--permission',
        '--disallow-code-generation-from-strings',
        `--max-old-space-size=${memoryMb}`,
        '--no-warnings',
        '--eval',
        `(${javascriptBootstrap.toString()})()`,
      ]
  const token = crypto.randomUUID()
  const input: SandboxInput & { memoryBytes: number; seconds: number } = {
    code: python ? code : withoutExports(code),
    ...(entryPoint !== undefined && { entryPoint }),
    calls,
    checks,
    token,
    memoryBytes: memoryMb * 1_048_576,
    seconds: Math.ceil(timeoutMs / 1000),
  }
  const child = spawn(executable, args, {
    cwd: folder,
    env: {},
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  })
  const { lines, stopped } = await watch(child, JSON.stringify(input), timeoutMs, memoryMb)
  return collect(lines, calls.length, checks.length, token, stopped)
}

interface Watched {
  lines: SandboxLine[]
  stopped?: string
}

function watch(child: ChildProcess, input: string, timeoutMs: number, memoryMb: number): Promise<Watched> {
  return new Promise((resolve) => {
    let stopped: string | undefined
    let results = ''
    let printed = 0
    let errors = ''
    const stop = (why: string): void => {
      stopped ??= why
      kill(child)
    }
    const timer = setTimeout(() => stop(`it took more than ${timeoutMs} ms`), timeoutMs)
    const memory = setInterval(() => {
      void residentBytes(child.pid!).then((bytes) => {
        if (bytes > memoryMb * 1_048_576) stop(`it took more than ${memoryMb} MB of memory`)
      })
    }, 50)
    const count = (bytes: number): void => {
      printed += bytes
      if (printed > outputLimit) stop(`it printed more than ${outputLimit} bytes`)
    }
    child.stdout!.on('data', (chunk: Buffer) => count(chunk.length))
    child.stderr!.on('data', (chunk: Buffer) => {
      if (errors.length < 4000) errors += chunk.toString('utf8')
      count(chunk.length)
    })
    ;(child.stdio[3] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      if (results.length <= outputLimit) results += chunk
      else stop(`its results are more than ${outputLimit} bytes`)
    })
    // A child that ends before it has read everything closes the pipe; its end says the rest.
    child.stdin!.on('error', () => undefined).end(input)
    child.on('error', (error) => stop(`it could not be started: ${error.message}`))
    child.on('close', (exitCode, signal) => {
      clearTimeout(timer)
      clearInterval(memory)
      const lines = readLines(results)
      const ended = lines.some(({ done, load }) => done || load !== undefined)
      if (!ended) stopped ??= describeEnd(exitCode, signal, errors)
      resolve({ lines, ...(stopped !== undefined && { stopped }) })
    })
  })
}

function kill(child: ChildProcess): void {
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid!, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}

function describeEnd(exitCode: number | null, signal: string | null, errors: string): string {
  if (/heap out of memory|MemoryError/u.test(errors)) return 'it ran out of memory'
  if (signal === 'SIGXCPU') return 'it took too much processor time'
  if (signal === 'SIGXFSZ') return 'it wrote too large a file'
  const last = errors.trim().split('\n').at(-1) ?? ''
  return `its process ended early (${signal ?? `exit code ${exitCode}`})${last === '' ? '' : `: ${last.slice(0, 200)}`}`
}

function readLines(text: string): SandboxLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      const value = JSON.parse(line) as SandboxLine | null
      return typeof value === 'object' && value !== null ? [value] : []
    } catch {
      return []
    }
  })
}

function collect(lines: SandboxLine[], calls: number, checks: number, token: string, stopped?: string): CodeRun {
  const run: CodeRun = {
    calls: Array.from<CodeOutcome | undefined>({ length: calls }),
    checks: Array.from<CodeOutcome | undefined>({ length: checks }),
  }
  for (const { load, call, check, value, error, token: shown } of lines) {
    if (load !== undefined) stopped ??= load
    const outcome: CodeOutcome = { ...(value !== undefined && { value }), ...(error !== undefined && { error }) }
    if (call !== undefined && call >= 0 && call < calls) run.calls[call] ??= outcome
    if (check !== undefined && check >= 0 && check < checks && shown === token) run.checks[check] ??= outcome
  }
  return { ...run, ...(stopped !== undefined && { stopped }) }
}

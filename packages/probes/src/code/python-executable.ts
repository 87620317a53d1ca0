import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { InsideLLMsError } from '@insidellms/core/driver'

const found = new Map<string, Promise<string>>()

/**
 * The interpreter's own path. What is called `python3` may be a script that needs the environment (pyenv, asdf), which
 * the sandbox does not have.
 *
 * @throws {InsideLLMsError} `config` when there is none, `unsupported` on Windows, which cannot limit its memory.
 */
export function pythonExecutable(command: string): Promise<string> {
  if (process.platform === 'win32')
    throw new InsideLLMsError(
      'unsupported',
      'execute: true runs Python on Linux and macOS only, because Windows has no limits for it here. Use WSL, or leave execute out.',
    )
  let path = found.get(command)
  if (path === undefined) {
    path = locate(command)
    found.set(command, path)
  }
  return path
}

async function locate(command: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, ['-I', '-c', 'import sys; print(sys.executable)'], {
      timeout: 30_000,
    })
    return stdout.trim()
  } catch (error) {
    throw new InsideLLMsError(
      'config',
      `execute: true needs Python, and "${command}" could not be run. Install it, name it with the probe's setting "python", or leave execute out.`,
      { cause: error },
    )
  }
}

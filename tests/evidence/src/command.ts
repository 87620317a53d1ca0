import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const bin = join(dirname(fileURLToPath(import.meta.resolve('insidellms/package.json'))), 'dist', 'bin.js')
/** Its package.json has the providers, so that the command finds them. */
const project = fileURLToPath(new URL('..', import.meta.url))

export interface CommandOptions {
  env?: Record<string, string>
  /** Program and arguments that the command is started through, such as `unshare`. */
  through?: readonly string[]
  /** The Node to run it on. Default: this process's. */
  node?: string
  /** A module that is imported before the command. */
  preload?: URL
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  out: string
  err: string
}

/** A process of its own that runs one `insidellms` command line. */
export class Command {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>

  constructor(args: readonly string[], { env = {}, through = [], node = process.execPath, preload }: CommandOptions) {
    const line = [...through, node, ...(preload === undefined ? [] : ['--import', preload.href]), bin, ...args]
    this.child = spawn(line[0]!, line.slice(1), {
      cwd: project,
      env: { ...inherited(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.ended = this.#read()
  }

  async #read(): Promise<Ended> {
    let out = ''
    let err = ''
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text))
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text))
    const [code, signal] = (await once(this.child, 'close')) as [number | null, NodeJS.Signals | null]
    return { code, signal, out, err }
  }
}

/** Runs a command line to its end. */
export function command(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  return new Command(args, options).ended
}

/** Nothing of what decides about keys and addresses. */
function inherited(): Record<string, string | undefined> {
  const { PATH, HOME, SYSTEMROOT, TEMP, TMP, TMPDIR } = process.env
  return { PATH, HOME, SYSTEMROOT, TEMP, TMP, TMPDIR }
}

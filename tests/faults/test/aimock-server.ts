import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

/** CopilotKit's mock server in a process of its own. It speaks several vendors' APIs, and fails as its fixtures say. */
export class AimockServer implements AsyncDisposable {
  readonly url: string
  readonly #process: ChildProcess
  readonly #folder: string

  private constructor(url: string, process: ChildProcess, folder: string) {
    this.url = url
    this.#process = process
    this.#folder = folder
  }

  static async start(fixtures: readonly object[]): Promise<AimockServer> {
    const folder = await mkdtemp(join(tmpdir(), 'insidellms-faults-'))
    const file = join(folder, 'fixtures.json')
    await writeFile(file, JSON.stringify({ fixtures }))
    const cli = join(dirname(createRequire(import.meta.url).resolve('@copilotkit/aimock')), 'cli.js')
    const flags = ['--port', '0', '--fixtures', file, '--validate-on-load', '--strict', '--journal-max', '0']
    const child = spawn(process.execPath, [cli, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stderr.on('data', (data: Buffer) => (said += data.toString()))
    const url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [, address] = /listening on (http\S+)/.exec(line) ?? []
        if (address !== undefined) resolve(address)
      })
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`aimock ended with ${code}: ${said}`)))
    })
    child.removeAllListeners('exit')
    return new AimockServer(url, child, folder)
  }

  /** How many model calls arrived with this test id; what a provider asks beside them (versions, model lists) is not counted. */
  async countCalls(testId: string): Promise<number> {
    const response = await fetch(`${this.url}/__aimock/journal?testId=${testId}&method=POST&limit=1`)
    return Number(response.headers.get('x-total-count'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null) {
      const gone = new Promise((resolve) => this.#process.once('exit', resolve))
      // Its own way to end waits for every connection.
      this.#process.kill('SIGKILL')
      await gone
    }
    await rm(this.#folder, { recursive: true, force: true })
  }
}

import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const action = fileURLToPath(new URL('../../../action/main.mjs', import.meta.url))
const command = fileURLToPath(new URL('../node_modules/insidellms', import.meta.url))

/** What installs the project of a checkout: the workspace's own command, by a link. It sees no input of ours. */
const installer = `import { mkdirSync, symlinkSync } from 'node:fs'
const ours = Object.keys(process.env).filter((name) => name.startsWith('INPUT_'))
if (ours.length > 0) throw new Error('the project sees ' + ours.join())
mkdirSync('node_modules')
symlinkSync(${JSON.stringify(command)}, 'node_modules/insidellms', 'junction')
console.log('::error::printed by the project')
`

export type Files = Record<string, string>

export interface Ended {
  code: number | null
  log: string
  summary: string
  outputs: Record<string, string>
}

/** A repository with a base and a head, and the files that a job has. */
export class Checkout {
  readonly root: string = realpathSync(mkdtempSync(join(tmpdir(), 'insidellms-action-')))
  workspace: string = join(this.root, 'workspace')
  readonly base: string
  readonly head: string

  constructor(base: Files, head: Files) {
    mkdirSync(this.workspace)
    this.git('init', '--quiet', '--initial-branch=main')
    const project = { 'package.json': '{ "private": true }', '.gitignore': 'node_modules\n', 'install.mjs': installer }
    this.base = this.#commit({ ...project, ...base })
    this.git('switch', '--quiet', '--create', 'change')
    this.head = this.#commit(head)
  }

  git(...args: string[]): string {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false']
    return execFileSync('git', [...identity, ...args], { cwd: this.workspace, encoding: 'utf8' }).trim()
  }

  write(name: string, text: string): string {
    const path = join(this.workspace, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return path
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true, maxRetries: 3 })
  }

  /** Runs the action's step as a job would, on a pull request unless `pullRequest` is false. */
  async run(api: string, inputs: Record<string, string>, pullRequest = true): Promise<Ended> {
    const file = (name: string, text = ''): string => {
      writeFileSync(join(this.root, name), text)
      return join(this.root, name)
    }
    const event = pullRequest ? { pull_request: { number: 7, base: { sha: this.base } } } : {}
    const given = { config: 'study.yaml', install: 'node install.mjs', token: 'token-of-the-job', ...inputs }
    const kept = Object.entries(process.env).filter(([name]) => !/^(?:GITHUB_|RUNNER_|INPUT_|VITEST|NODE_)/.test(name))
    const env = {
      ...Object.fromEntries(kept),
      ...Object.fromEntries(
        Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase().replaceAll('-', '_')}`, value]),
      ),
      GITHUB_WORKSPACE: this.workspace,
      GITHUB_API_URL: api,
      GITHUB_REPOSITORY: 'o/r',
      GITHUB_EVENT_PATH: file('event.json', JSON.stringify(event)),
      GITHUB_OUTPUT: file('output'),
      GITHUB_STEP_SUMMARY: file('summary.md'),
      RUNNER_TEMP: this.root,
    }
    const child = spawn(process.execPath, [action], { cwd: this.workspace, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let log = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        log += text
      })
    const code = await new Promise<number | null>((done) => child.once('close', done))
    const lines = readFileSync(env.GITHUB_OUTPUT, 'utf8').trimEnd().split('\n')
    return {
      code,
      log,
      summary: readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8'),
      outputs: Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      ),
    }
  }

  #commit(files: Files): string {
    for (const [name, text] of Object.entries(files)) this.write(name, text)
    this.git('add', '--all')
    this.git('commit', '--quiet', '--allow-empty', '--message', 'x')
    return this.git('rev-parse', 'HEAD')
  }
}

const questions = [
  { id: 'a', question: 'All cats are animals. Tom is a cat. Is Tom an animal?', reference_answer: 'yes' },
  { id: 'b', question: 'Is ice warm?', reference_answer: 'no' },
  { id: 'c', question: 'Is the sun hot?', reference_answer: 'yes' },
]

/** A config whose model always says the same, and its dataset. */
export function study(response: string): Files {
  return {
    'study.yaml': `model: { type: dummy, args: { response: ${JSON.stringify(response)} } }
probe: { type: logic }
dataset: { format: jsonl, path: data.jsonl }
`,
    'data.jsonl': questions.map((question) => `${JSON.stringify(question)}\n`).join(''),
  }
}

/** The same config with a model of the project's own, whose answer to `prompt` is what the code returns. */
export function answering(code: string): Files {
  return {
    'study.yaml': study('')['study.yaml']!.replace(/model: .*/, 'model: { type: ./model.mjs }'),
    'model.mjs': `const info = { name: 'mine', provider: 'mine', modelId: 'mine-1', maxTokens: null, supportsStreaming: false, supportsChat: true, extra: {} }
const answer = (prompt) => { ${code} }
export default () => ({
  specVersion: 1,
  supports: [],
  info: () => info,
  respond: async ({ messages }) => ({
    parts: [{ type: 'text', text: answer(messages.at(-1).content) }],
    finish: { kind: 'stop', raw: null },
    served: {},
  }),
})
`,
  }
}

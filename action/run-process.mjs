import { spawn } from 'node:child_process'
import { withoutCommands } from './workflow.mjs'

/** Kept of what a process writes, for the message about its failure. */
const tailLength = 4_000

/**
 * Runs a program, or with `args` null a command line of the shell, and shows its output in the log.
 *
 * @param {string} program
 * @param {string[] | null} args
 * @param {string} cwd
 * @returns {Promise<{ code: number, tail: string }>} `tail`: the end of its standard error
 */
export function runProcess(program, args, cwd) {
  return withoutCommands([program, ...(args ?? [])].join(' '), async () => {
    const options = { cwd, env: childEnvironment(), stdio: ['ignore', 'inherit', 'pipe'] }
    const child = args === null ? spawn(program, { ...options, shell: true }) : spawn(program, args, options)
    let tail = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      process.stderr.write(text)
      tail = (tail + text).slice(-tailLength)
    })
    const code = await new Promise((done, failed) =>
      child.once('error', failed).once('close', (code) => done(code ?? 1)),
    )
    return { code, tail: tail.trim() }
  })
}

/** Without our inputs: the token is for the comment, and for no code of the project. */
function childEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('INPUT_')))
}

// What a step tells the workflow: docs.github.com/actions/reference/workflow-commands-for-github-actions
import { appendFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'

/** @param {'notice' | 'warning' | 'error'} level @param {string} message */
export function annotate(level, message) {
  const line = message.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
  console.log(`::${level} title=insidellms::${line}`)
}

/** Runs what prints text that is not ours: the runner obeys no command in it. */
export async function withoutCommands(title, use) {
  const word = randomUUID()
  console.log(`::group::${title.replaceAll(/[\r\n]/g, ' ')}`)
  console.log(`::stop-commands::${word}`)
  try {
    return await use()
  } finally {
    console.log(`\n::${word}::`)
    console.log('::endgroup::')
  }
}

/** @param {string} name @param {string | number} value on one line */
export function setOutput(name, value) {
  if (process.env.GITHUB_OUTPUT) appendFileSync(process.env.GITHUB_OUTPUT, `${name}=${value}\n`)
}

/** @param {string} markdown */
export function addSummary(markdown) {
  if (process.env.GITHUB_STEP_SUMMARY) appendFileSync(process.env.GITHUB_STEP_SUMMARY, markdown)
}

// The step of action.yml: runs a config at the base and at the head of a pull request, and reports their difference.
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { baseCommit, headCommit, withWorktree } from './checkout.mjs'
import { codeBlock, codeSpan, fitMarkdown } from './fit-markdown.mjs'
import { postComment } from './post-comment.mjs'
import { insidellms, install, isInstalled } from './project.mjs'
import { readInputs } from './read-inputs.mjs'
import { addSummary, annotate, setOutput } from './workflow.mjs'

/** GitHub's limits: characters of a comment, bytes of a step's summary. */
const mostOfComment = 65_536
const mostOfSummary = 1_000_000

const exitCodes = { passed: 0, failed: 1, gate: 2 }

let inputs
let code = exitCodes.failed
try {
  inputs = readInputs(process.env)
  const results = mkdtempSync(join(realpathSync(process.env.RUNNER_TEMP || tmpdir()), 'insidellms-'))
  code = await compare(inputs, results)
} catch (error) {
  annotate('error', error.message)
  if (inputs !== undefined) await publish(inputs, `### ❌ insidellms could not run\n\n${codeBlock(error.message)}\n`)
}
setOutput('exit-code', code)
process.exitCode = code

/** @returns {Promise<number>} an exit code */
async function compare(inputs, results) {
  const { project, repository, config, baseRun, failOn } = inputs
  const commit = baseRun === undefined ? await baseCommit(repository, inputs.base) : undefined
  if (!isInstalled(project, repository)) await install(project, repository, inputs.install)
  const headRun = join(results, 'head')
  // First, because a head that cannot run needs no base.
  await run(project, repository, config, headRun)
  setOutput('head-run', headRun)
  const base = baseRun ?? (await runBase(inputs, commit, results))
  if (base === undefined) {
    annotate('notice', `The base has no ${config}: there is nothing to compare with.`)
    await publish(
      inputs,
      `### A new config\n\nThe base has no ${codeSpan(config)}: there is nothing to compare with.\n`,
    )
    return exitCodes.passed
  }
  setOutput('base-run', base)
  const [report, diff] = [join(results, 'report.md'), join(results, 'diff.json')]
  const gates = failOn.flatMap((gate) => ['--fail-on', gate])
  const write = async (format, path) => {
    const args = ['diff', baseRun ?? 'base', 'head', '--format', format, '--output', path, ...gates]
    const ended = await insidellms(project, repository, args, results)
    if (ended.code !== exitCodes.passed && ended.code !== exitCodes.gate)
      throw new Error(`The two runs could not be compared.\n${ended.tail}`)
    return ended.code
  }
  await write('markdown', report)
  const code = await write('json', diff)
  const { counts, gates: decided } = JSON.parse(readFileSync(diff, 'utf8'))
  const from = commit === undefined ? codeSpan(relative(project, base)) : codeSpan(commit.slice(0, 12))
  const to = codeSpan((await headCommit(repository)).slice(0, 12))
  const mark = code === exitCodes.passed ? '✅' : '❌'
  const title = `## ${mark} insidellms: ${codeSpan(config)}\n\nbase ${from}, head ${to}\n\n`
  writeFileSync(report, title + readFileSync(report, 'utf8'))
  setOutput('report', report)
  setOutput('diff', diff)
  setOutput('regressions', counts.regressions)
  setOutput('improvements', counts.improvements)
  setOutput('unchanged', counts.unchanged)
  setOutput('items', counts.common)
  await publish(inputs, readFileSync(report, 'utf8'))
  for (const { gate, hit, reason } of decided) if (hit) annotate('error', `fail-on ${gate}: ${reason}`)
  return code
}

/** @returns {Promise<string | undefined>} the run directory; undefined where the base has no such config */
async function runBase({ repository, project, config, install: command }, commit, results) {
  const root = join(results, 'checkout')
  return withWorktree(repository, commit, root, async () => {
    const baseProject = join(root, relative(repository, project))
    if (!existsSync(join(baseProject, config))) return undefined
    await install(baseProject, root, command)
    const directory = join(results, 'base')
    await run(baseProject, root, config, directory)
    return directory
  })
}

async function run(project, root, config, directory) {
  const { code, tail } = await insidellms(project, root, ['run', config, '--run-dir', directory, '--quiet'])
  if (code === exitCodes.passed) return
  // A run of which every item failed is whole, and can be compared: the other side may have mended it.
  if (!isCompleted(directory)) throw new Error(`"insidellms run ${config}" in ${project} ended with ${code}.\n${tail}`)
  annotate('warning', `Every item of ${config} failed in ${project}. ${tail}`)
}

function isCompleted(directory) {
  const manifest = join(directory, 'manifest.json')
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).run_completed === true
}

/** The job summary always; the comment where it is wanted and the token may. It decides nothing. */
async function publish({ comment, config, project, repository }, markdown) {
  const bytes = (text) => Buffer.byteLength(text)
  addSummary(fitMarkdown(markdown, mostOfSummary, bytes, 'The whole is in the file that the output "report" names.'))
  if (comment === undefined) return
  // One comment for each config: a workflow may use the action several times.
  const key = createHash('sha256')
    .update(`${relative(repository, project)}\n${config}`)
    .digest('hex')
    .slice(0, 16)
  const marker = `<!-- insidellms-action ${key} -->`
  const note = `A comment holds ${mostOfComment.toLocaleString('en')} characters; the job summary has more.`
  const body = fitMarkdown(`${marker}\n${markdown}`, mostOfComment, (text) => text.length, note)
  try {
    setOutput('comment-url', await postComment(comment, marker, body))
  } catch (error) {
    const why =
      error.status === 403 || error.status === 404
        ? 'The token of a pull request from a fork may not write; otherwise the job needs "permissions: pull-requests: write".'
        : 'The next run of this action writes it.'
    annotate('notice', `No comment: ${error.message} ${why} The report is in the job summary.`)
  }
}

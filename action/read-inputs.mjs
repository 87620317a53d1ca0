import { existsSync, readFileSync, statSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'

const gates = ['changes', 'regressions', 'significant', 'trace']

/**
 * @typedef {object} Inputs
 * @property {string} config As given, relative to the project.
 * @property {string} repository The checkout's root.
 * @property {string} project `working-directory`, absolute.
 * @property {string} base A revision; empty with `baseRun`.
 * @property {string | undefined} baseRun A run directory, absolute.
 * @property {string[]} failOn Gates.
 * @property {string} install A command; empty for one by the lockfile.
 * @property {PullRequest | undefined} comment Where the report goes, besides the job summary.
 *
 * @typedef {object} PullRequest
 * @property {string} api
 * @property {string} repository As `owner/name`.
 * @property {number} number
 * @property {string} token
 */

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Inputs} each checked; throws a sentence that says which one is wrong, and what it may be
 */
export function readInputs(env) {
  const input = (name) => (env[`INPUT_${name.toUpperCase().replaceAll('-', '_')}`] ?? '').trim()
  const event = readEvent(env)
  const repository = resolve(env.GITHUB_WORKSPACE || '.')
  const project = resolve(repository, input('working-directory') || '.')
  if (isOutside(repository, project) || !isDirectory(project))
    throw new Error(`working-directory: "${input('working-directory')}" is no directory of the repository.`)
  const config = input('config')
  if (config === '') throw new Error('config: is missing. Name the file to run, such as "config: study.yaml".')
  if (isOutside(repository, resolve(project, config)))
    throw new Error(`config: "${config}" lies outside of the repository.`)
  if (!existsSync(resolve(project, config))) throw new Error(`config: there is no file "${config}" in ${project}.`)
  const failOn = readGates(input('fail-on'))
  const wantsComment = readFlag('comment', input('comment') || 'true')
  const token = input('token')
  if (wantsComment && event.pull_request !== undefined && token === '')
    throw new Error('token: is empty. Leave it out for the token of the job, or set "comment: false".')
  const [base, baseRun] = readBase(input('base'), input('base-run'), project, event)
  return {
    config,
    repository,
    project,
    base,
    baseRun,
    failOn,
    install: input('install'),
    comment:
      wantsComment && event.pull_request !== undefined
        ? {
            api: env.GITHUB_API_URL || 'https://api.github.com',
            repository: env.GITHUB_REPOSITORY ?? '',
            number: event.pull_request.number,
            token,
          }
        : undefined,
  }
}

function readEvent(env) {
  const path = env.GITHUB_EVENT_PATH
  return path && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

/** @returns {[string, string | undefined]} a revision, or a run directory */
function readBase(base, baseRun, project, event) {
  if (base !== '' && baseRun !== '') throw new Error('base and base-run: both are set. Choose one to compare with.')
  if (baseRun !== '') {
    const directory = resolve(project, baseRun)
    if (!existsSync(resolve(directory, 'records.jsonl')))
      throw new Error(`base-run: ${directory} is no run directory; it has no records.jsonl.`)
    return ['', directory]
  }
  const revision = base || event.pull_request?.base.sha
  if (!revision)
    throw new Error('base: is missing. Only a pull request has one of its own; else set "base" or "base-run".')
  // Git would take it for an option.
  if (revision.startsWith('-')) throw new Error(`base: "${revision}" is no commit, tag or branch.`)
  return [revision, undefined]
}

function readGates(text) {
  const names = (text || 'significant').split(/[\s,]+/).filter((name) => name !== '')
  for (const name of names)
    if (!gates.includes(name) && name !== 'never')
      throw new Error(`fail-on: "${name}" is no gate. It may be ${gates.join(', ')}, or never.`)
  if (!names.includes('never')) return [...new Set(names)]
  if (names.length > 1) throw new Error('fail-on: "never" stands alone.')
  return []
}

function readFlag(name, text) {
  if (text !== 'true' && text !== 'false') throw new Error(`${name}: must be true or false, not "${text}".`)
  return text === 'true'
}

function isDirectory(path) {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function isOutside(directory, path) {
  const way = relative(directory, path)
  return way === '..' || /^\.\.[\\/]/.test(way) || isAbsolute(way)
}

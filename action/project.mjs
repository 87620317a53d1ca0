import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runProcess } from './run-process.mjs'

const installs = {
  'package-lock.json': 'npm ci',
  'npm-shrinkwrap.json': 'npm ci',
  'pnpm-lock.yaml': 'pnpm install --frozen-lockfile',
  'yarn.lock': 'yarn install --immutable',
}

/**
 * Installs the dependencies of a checkout.
 *
 * @param {string} project
 * @param {string} root of the checkout
 * @param {string} command empty for one by the lockfile
 */
export async function install(project, root, command) {
  const [line, directory] = command === '' ? byLockfile(project, root) : [command, project]
  const { code, tail } = await runProcess(line, null, directory)
  if (code !== 0) throw new Error(`"${line}" in ${directory} ended with ${code}.\n${tail}`)
}

/** @returns {boolean} whether somebody has installed this checkout before */
export function isInstalled(project, root) {
  return upwards(project, root).some((directory) => existsSync(join(directory, 'node_modules')))
}

function byLockfile(project, root) {
  for (const directory of upwards(project, root))
    for (const [lockfile, line] of Object.entries(installs))
      if (existsSync(join(directory, lockfile))) return [line, directory]
  throw new Error(
    `${project} has none of ${Object.keys(installs).join(', ')}. Commit one, or set "install" to the command that installs it.`,
  )
}

/**
 * Runs the `insidellms` command that the project has installed.
 *
 * @param {string} project
 * @param {string} root of the checkout
 * @param {string[]} args
 * @param {string} [cwd]
 */
export function insidellms(project, root, args, cwd = project) {
  for (const directory of upwards(project, root)) {
    const folder = join(directory, 'node_modules', 'insidellms')
    if (!existsSync(join(folder, 'package.json'))) continue
    const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return runProcess(process.execPath, [join(folder, bin.insidellms), ...args], cwd)
  }
  throw new Error(
    `${project} has no insidellms in its node_modules. Add it to package.json: npm install --save-dev insidellms`,
  )
}

/** The project and what holds it, up to the root of the checkout. */
function upwards(project, root) {
  const directories = [project]
  while (directories.at(-1) !== root && dirname(directories.at(-1)) !== directories.at(-1))
    directories.push(dirname(directories.at(-1)))
  return directories
}

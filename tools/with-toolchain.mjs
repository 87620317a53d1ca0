// Runs a command with Node 24 and pnpm 12, whatever the machine has: `npm run demo` and `npm test` work from a bare
// clone. A toolchain that is right already is used as it is; else npx fetches it, once, into its own cache.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const [command, ...args] = process.argv.slice(2)
if (command === undefined) {
  console.error('Usage: node tools/with-toolchain.mjs <command> [argument ...]')
  process.exit(64)
}

// Windows starts .cmd files only through a shell.
const shell = process.platform === 'win32'

function run(program, list, quiet = false) {
  // npm hands its own settings down as variables; the pnpm below would take them for its own and warn of each.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(config|package|lifecycle)_/i.test(name)),
  )
  return spawnSync(program, list, { cwd: root, env, shell, stdio: quiet ? 'pipe' : 'inherit', encoding: 'utf8' })
}

function hasToolchain() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 22 || (major === 22 && minor < 18)) return false
  return /^1[2-9]\./.test(run('pnpm', ['--version'], true).stdout ?? '')
}

/** Whether what is installed is what the lockfile says. */
function isInstalled() {
  const installed = `${root}/node_modules/.pnpm/lock.yaml`
  return existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(`${root}/pnpm-lock.yaml`, 'utf8')
}

const prefix = hasToolchain() ? [] : ['npx', '--yes', '--package=node@24', '--package=pnpm@12', '--']
if (prefix.length > 0)
  console.log('Fetching Node 24 and pnpm 12 for this command (about 20 seconds the first time) ...')

function inToolchain(program, list) {
  const [first, ...rest] = [...prefix, program, ...list]
  const { status, error } = run(first, rest)
  if (error) console.error(`${first} could not be started: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

if (!isInstalled()) inToolchain('pnpm', ['install', '--frozen-lockfile', '--prefer-offline'])
inToolchain(command, args)

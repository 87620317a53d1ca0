import { dirname, join } from 'node:path'
import { fs } from './builtin-fs.ts'
import { didYouMean } from './did-you-mean.ts'
import { inspectPackage } from './inspect-package.ts'
import { type LocatedPackage, readPackage } from './package-locator.ts'
import type { PluginKind } from './plugin.ts'
import type { PluginRegistry } from './plugin-registry.ts'

/**
 * Our own packages by the name they register, so that an error can say what to install. For messages only: nothing is
 * loaded by this list, and a provider works the same without being in it.
 */
const officialPackages: Readonly<Record<string, string>> = {
  anthropic: '@insidellms/provider-anthropic',
  cohere: '@insidellms/provider-cohere',
  gemini: '@insidellms/provider-google',
  huggingface: '@insidellms/provider-huggingface',
  llamacpp: '@insidellms/provider-llamacpp',
  ollama: '@insidellms/provider-ollama',
  openai: '@insidellms/provider-openai',
  'openai-compatible': '@insidellms/provider-openai-compatible',
  openrouter: '@insidellms/provider-openrouter',
  vllm: '@insidellms/provider-vllm',
}

export interface MissingName {
  kind: PluginKind
  name: string
  /** The registered name that is near. */
  near: string | undefined
  project: string
  dependencies: readonly string[]
  /** The allow-list, where there is one. */
  allowed: readonly string[] | undefined
  registry: PluginRegistry
  locate: (name: string) => LocatedPackage | undefined
}

/** The rest of a "not found": where was looked, and the command that mends it. Only an error pays for all this looking. */
export function missingProviderAdvice(missing: MissingName): string {
  const { kind, name, near, project, dependencies, allowed, registry } = missing
  const status = registry.plugins().find(({ provides }) => provides[kind].includes(name))
  if (status?.reason !== undefined) return `"${name}" is provided by ${status.name}, but: ${status.reason}`
  const direct = dependencies.find((dependency) => provides(missing.locate(dependency), dependency, missing))
  if (direct !== undefined) return `"${name}" is provided by ${direct}, which "plugins" does not list. Add it there.`
  const transitive = findTransitive(missing)
  if (transitive !== undefined)
    return `"${name}" is provided by ${transitive}, which is installed but not a direct dependency of ${project}. Only direct dependencies are loaded. Run: ${addCommand(project)} ${transitive}`

  const official = kind === 'models' ? officialNear(name, near) : undefined
  if (near !== undefined && official !== name) return ''
  const looked =
    allowed === undefined
      ? `Looked at ${dependencies.length} direct ${dependencies.length === 1 ? 'dependency' : 'dependencies'} of ${join(project, 'package.json')}.`
      : [`Looked at what "plugins" lists: ${allowed.join(', ') || 'nothing'}.`, ...reasons(registry)].join(' ')
  if (official === undefined)
    return `${looked} Install the package that provides it: plugins carry the npm keyword "insidellms-plugin".`
  const meant = official === name ? '' : `Did you mean "${official}"? `
  return `${looked} ${meant}Run: ${addCommand(project)} ${officialPackages[official]}`
}

function officialNear(name: string, near: string | undefined): string | undefined {
  if (Object.hasOwn(officialPackages, name)) return name
  return near === undefined ? didYouMean(name, Object.keys(officialPackages)) : undefined
}

function reasons(registry: PluginRegistry): string[] {
  return registry.plugins().flatMap(({ state, reason }) => (state === 'skipped' && reason ? [reason] : []))
}

/** The command of the package manager whose lockfile is nearest. */
function addCommand(project: string): string {
  const commands = {
    'pnpm-lock.yaml': 'pnpm add -D',
    'yarn.lock': 'yarn add -D',
    'package-lock.json': 'npm install -D',
    'bun.lock': 'bun add -d',
  }
  for (let directory = project; ; directory = dirname(directory)) {
    for (const [lockfile, command] of Object.entries(commands))
      if (fs.existsSync(join(directory, lockfile))) return command
    if (dirname(directory) === directory) return 'npm install -D'
  }
}

/** A package that provides this name and lies in reach without being a direct dependency. */
function findTransitive(missing: MissingName): string | undefined {
  const { project, dependencies } = missing
  for (let directory = project; ; directory = dirname(directory)) {
    for (const folder of [join(directory, 'node_modules'), join(directory, 'node_modules', '.pnpm', 'node_modules')])
      for (const candidate of packagesIn(folder))
        if (!dependencies.includes(candidate) && provides(readPackage(join(folder, candidate)), candidate, missing))
          return candidate
    if (dirname(directory) === directory) return undefined
  }
}

function packagesIn(folder: string): string[] {
  return list(folder).flatMap((entry) => {
    if (entry.startsWith('.')) return []
    return entry.startsWith('@') ? list(join(folder, entry)).map((scoped) => `${entry}/${scoped}`) : [entry]
  })
}

function list(folder: string): string[] {
  try {
    return fs.readdirSync(folder)
  } catch {
    return []
  }
}

function provides(located: LocatedPackage | undefined, candidate: string, { kind, name }: MissingName): boolean {
  return located !== undefined && (inspectPackage(candidate, located)?.status.provides[kind].includes(name) ?? false)
}

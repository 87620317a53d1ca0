import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

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

/** The rest of a "not found": where was looked, and the command that mends it. */
export function missingProviderAdvice(name: string, project: string, dependencies: readonly string[]): string {
  const transitive = findTransitive(name, project, dependencies)
  const add = addCommand(project)
  if (transitive !== undefined)
    return `"${name}" is provided by ${transitive}, which is installed but not a direct dependency of ${project}. Only direct dependencies are loaded. Run: ${add} ${transitive}`
  const looked = `Looked at ${dependencies.length} direct ${dependencies.length === 1 ? 'dependency' : 'dependencies'} of ${join(project, 'package.json')}.`
  const official = Object.hasOwn(officialPackages, name) ? officialPackages[name] : undefined
  return `${looked} ${official === undefined ? 'Install the package that provides it: plugins carry the npm keyword "insidellms-plugin".' : `Run: ${add} ${official}`}`
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
      if (existsSync(join(directory, lockfile))) return command
    if (dirname(directory) === directory) return 'npm install -D'
  }
}

/** A package that provides this name and lies in reach without being a direct dependency. Only an error pays for this. */
function findTransitive(name: string, project: string, dependencies: readonly string[]): string | undefined {
  for (let directory = project; ; directory = dirname(directory)) {
    for (const folder of [join(directory, 'node_modules'), join(directory, 'node_modules', '.pnpm', 'node_modules')])
      for (const candidate of packagesIn(folder))
        if (!dependencies.includes(candidate) && provides(join(folder, candidate), name)) return candidate
    if (dirname(directory) === directory) return undefined
  }
}

function packagesIn(folder: string): string[] {
  return list(folder).flatMap((entry) =>
    entry.startsWith('@')
      ? list(join(folder, entry)).map((scoped) => `${entry}/${scoped}`)
      : entry.startsWith('.')
        ? []
        : [entry],
  )
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function provides(directory: string, name: string): boolean {
  try {
    const text = readFileSync(join(directory, 'package.json'), 'utf8')
    if (!text.includes('"insidellms"')) return false
    const models: unknown = JSON.parse(text).insidellms?.provides?.models
    return Array.isArray(models) && models.includes(name)
  } catch {
    return false
  }
}

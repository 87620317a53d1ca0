import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InsideLLMsError } from './insidellms-error.ts'
import { missingProviderAdvice } from './missing-provider-advice.ts'
import type { Plugin } from './plugin.ts'
import { apiVersionProblem, type DiscoverOptions, type PluginRegistry, type PluginStatus } from './plugin-registry.ts'

interface FoundPlugin {
  status: PluginStatus
  /** Absolute path of the entry file, symlinks resolved. */
  entryPath: string
}

type Provides = PluginStatus['provides']

const kinds = ['models', 'probes', 'datasets'] as const

/** Finds plugins among a project's direct dependencies and declares their names in the registry. */
export async function discoverPlugins(
  registry: PluginRegistry,
  options: DiscoverOptions = {},
): Promise<PluginStatus[]> {
  if (process.env['INSIDELLMS_DISABLE_PLUGINS'] === '1') {
    explainMissing(registry, () => 'Plugins are switched off by INSIDELLMS_DISABLE_PLUGINS=1.')
    return []
  }
  const project = findProject(options.project)
  const dependencies = directDependencies(project)
  const names = options.plugins ?? dependencies
  const locate = packageLocator(project)
  for (const name of names) {
    const found = inspectPackage(name, locate, options.plugins !== undefined)
    if (found === undefined) continue
    registry.record(found.status)
    if (found.status.state === 'available') declare(registry, found)
  }
  explainMissing(registry, (name) => missingProviderAdvice(name, project, dependencies))
  return registry.plugins()
}

function explainMissing(registry: PluginRegistry, explain: (name: string) => string): void {
  registry.models.onMissing(explain)
  registry.probes.onMissing(() => explain(''))
  registry.datasets.onMissing(() => explain(''))
}

/** The given directory, else the nearest ancestor of the working directory that has a package.json. */
function findProject(given: string | undefined): string {
  const start = resolve(given ?? process.cwd())
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'package.json'))) return directory
    if (given !== undefined || dirname(directory) === directory)
      throw new InsideLLMsError(
        'config',
        `${start} has no package.json${given === undefined ? ', nor has any directory above it' : ''}. Run in a project (npm init -y), or call registry.use(plugin).`,
      )
  }
}

/** Installing a direct dependency is the consent to run it; transitive ones are never loaded. */
function directDependencies(project: string): string[] {
  const manifest = readManifest(join(project, 'package.json'))
  if (typeof manifest === 'string')
    throw new InsideLLMsError('config', `${join(project, 'package.json')}: ${manifest}.`)
  const names = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((field) =>
    Object.keys((manifest?.[field] ?? {}) as object),
  )
  return [...new Set(names)].sort()
}

type Manifest = Record<string, unknown>

/** The parsed file, undefined when there is none, or what is wrong with it. */
function readManifest(path: string, mustContain?: string): Manifest | string | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  if (mustContain !== undefined && !text.includes(mustContain)) return undefined
  try {
    const manifest: unknown = JSON.parse(text)
    return typeof manifest === 'object' && manifest !== null ? (manifest as Manifest) : 'is no JSON object'
  } catch (error) {
    return `is no JSON (${(error as Error).message})`
  }
}

/** Finds a package's folder by walking up. Never through `exports`, which hides package.json from import-only packages. */
function packageLocator(project: string): (name: string) => string | undefined {
  const pnp = pnpApi(project)
  if (pnp !== undefined)
    return (name) => {
      try {
        return pnp.resolveToUnqualified(name, join(project, sep), { considerBuiltins: false }) ?? undefined
      } catch {
        return undefined
      }
    }
  return (name) => {
    for (let directory = project; ; directory = dirname(directory)) {
      const candidate = join(directory, 'node_modules', name)
      if (existsSync(join(candidate, 'package.json'))) return candidate
      if (dirname(directory) === directory) return undefined
    }
  }
}

interface PnpApi {
  resolveToUnqualified(request: string, issuer: string, options: { considerBuiltins: boolean }): string | null
}

function pnpApi(project: string): PnpApi | undefined {
  const find = (nodeModule as { findPnpApi?: (path: string) => PnpApi | null }).findPnpApi
  const api = find?.(join(project, sep))
  if (api) return api
  if (existsSync(join(project, '.pnp.cjs')))
    throw new InsideLLMsError(
      'config',
      `${project} uses Yarn PnP, but this process was not started by Yarn. Run: yarn insidellms (or yarn node) with the same arguments.`,
    )
  return undefined
}

/** Undefined for a package that is no plugin. */
function inspectPackage(
  name: string,
  locate: (name: string) => string | undefined,
  asked: boolean,
): FoundPlugin | undefined {
  const provides: Provides = { models: [], probes: [], datasets: [] }
  const skipped = (reason: string): FoundPlugin => ({
    status: { name, state: 'skipped', reason: `${name}: ${reason}; skipped.`, provides },
    entryPath: '',
  })
  const directory = locate(name)
  if (directory === undefined) return asked ? skipped('it is listed under "plugins", but is not installed') : undefined
  const manifest = readManifest(join(directory, 'package.json'), '"insidellms"')
  if (typeof manifest === 'string') return skipped(`package.json ${manifest}`)
  const field = manifest?.['insidellms'] as Manifest | undefined
  if (field === undefined) return asked ? skipped('its package.json has no "insidellms" field') : undefined

  const version = typeof manifest?.['version'] === 'string' ? manifest['version'] : undefined
  const versionProblem = apiVersionProblem(name, version, field?.['apiVersion'])
  if (versionProblem !== undefined)
    return {
      status: { name, ...(version && { version }), state: 'skipped', reason: versionProblem, provides },
      entryPath: '',
    }
  const problem = readProvides(field, provides)
  if (problem !== undefined) return skipped(problem)
  const plugin = field['plugin']
  if (typeof plugin !== 'string') return skipped('"insidellms.plugin" must be the path of its entry file')

  const root = realpathSync(directory)
  let entryPath: string
  try {
    entryPath = realpathSync(resolve(root, plugin))
  } catch {
    return skipped(`"insidellms.plugin" names ${plugin}, which is not there`)
  }
  if (!entryPath.startsWith(root + sep)) return skipped(`"insidellms.plugin" points outside the package (${plugin})`)
  const entry = relative(root, entryPath).split(sep).join('/')
  return {
    status: {
      name,
      ...(version && { version }),
      apiVersion: field['apiVersion'] as number,
      state: 'available',
      provides,
      entry,
    },
    entryPath,
  }
}

/** Fills `provides`, or says what is wrong with the field. */
function readProvides(field: Manifest, provides: Provides): string | undefined {
  const given = field['provides']
  if (typeof given !== 'object' || given === null)
    return '"insidellms.provides" must be an object such as { "models": ["x"] }'
  for (const kind of kinds) {
    const names = (given as Manifest)[kind] ?? []
    if (!Array.isArray(names) || names.some((name) => typeof name !== 'string'))
      return `"insidellms.provides.${kind}" must be a list of names`
    provides[kind] = names as string[]
  }
  return undefined
}

function declare(registry: PluginRegistry, found: FoundPlugin): void {
  const { status } = found
  let loading: Promise<void> | undefined
  const entry = {
    package: status.name,
    ...(status.version !== undefined && { version: status.version }),
    load: () => (loading ??= load(registry, found)),
  }
  for (const kind of kinds)
    for (const name of status.provides[kind]) {
      const own = registry[kind]
      if (own.has(name) && own.info(name).loaded) {
        const holder = own.info(name)
        if (holder.package !== status.name)
          registry.record({
            ...status,
            state: 'skipped',
            reason: `${status.name}: the name "${name}" ${holder.builtin ? 'is built in' : `is already registered by ${holder.package ?? 'the program'}`}; skipped.`,
          })
      } else own.declare(name, entry)
    }
}

async function load(registry: PluginRegistry, { status, entryPath }: FoundPlugin): Promise<void> {
  try {
    const module = (await import(pathToFileURL(entryPath).href)) as { default?: Plugin }
    if (module.default === undefined) throw new Error('it has no default export')
    registry.use(module.default, {
      package: status.name,
      ...(status.version !== undefined && { version: status.version }),
    })
    checkPromises(registry, status)
    registry.record({
      ...status,
      name: status.name,
      state: 'loaded',
      sha256: createHash('sha256').update(readFileSync(entryPath)).digest('hex'),
    })
  } catch (error) {
    const reason = `${status.name} failed to load (${status.entry}): ${error instanceof Error ? error.message : String(error)} Other plugins are unaffected.`
    registry.record({ ...status, state: 'failed', reason })
    throw new InsideLLMsError('load_failed', reason, { cause: error })
  }
}

function checkPromises(registry: PluginRegistry, status: PluginStatus): void {
  for (const kind of kinds)
    for (const name of status.provides[kind])
      if (!registry[kind].has(name) || !registry[kind].info(name).loaded)
        throw new Error(
          `it provides the ${registry[kind].kind} "${name}" by its package.json, but did not register it.`,
        )
}

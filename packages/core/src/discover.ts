import { pathToFileURL } from 'node:url'
import { fs } from './builtin-fs.ts'
import { directDependencies, findProject } from './find-project.ts'
import { InsideLLMsError } from './insidellms-error.ts'
import { type FoundPlugin, inspectPackage } from './inspect-package.ts'
import { missingProviderAdvice } from './missing-provider-advice.ts'
import { packageLocator } from './package-locator.ts'
import { type Plugin, type PluginKind, pluginKinds } from './plugin.ts'
import type { DiscoverOptions, PluginRegistry, PluginStatus } from './plugin-registry.ts'
import { isName } from './registry.ts'
import { sentence } from './sentence.ts'

/** Finds plugins among a project's direct dependencies and declares their names in the registry. */
export async function discoverPlugins(
  registry: PluginRegistry,
  options: DiscoverOptions = {},
): Promise<PluginStatus[]> {
  registry.forgetDiscovered()
  if (process.env['INSIDELLMS_DISABLE_PLUGINS'] === '1') {
    for (const kind of pluginKinds)
      registry[kind].onMissing(() => 'Plugins are switched off by INSIDELLMS_DISABLE_PLUGINS=1.')
    return registry.plugins()
  }
  const project = findProject(options.project)
  const dependencies = directDependencies(project)
  const locate = packageLocator(project)
  const loaded = new Set(registry.plugins().map(({ name }) => name))
  for (const name of options.plugins ?? dependencies) {
    if (loaded.has(name)) continue
    const found = find(name)
    if (found === undefined) continue
    checkNames(registry, found)
    registry.record(found.status)
    if (found.status.state === 'available') declare(registry, found)
  }
  for (const kind of pluginKinds)
    registry[kind].onMissing((name, near) =>
      missingProviderAdvice({ kind, name, near, project, dependencies, allowed: options.plugins, registry, locate }),
    )
  return registry.plugins()

  /** A name of the allow-list that leads nowhere is a skipped entry with its reason; a dependency that is no plugin is nothing. */
  function find(name: string): FoundPlugin | undefined {
    const listed = options.plugins !== undefined
    const located = listed && !dependencies.includes(name) ? undefined : locate(name)
    const found = located && inspectPackage(name, located)
    if (found !== undefined || !listed) return found
    const reason = dependencies.includes(name)
      ? located === undefined
        ? 'is not installed'
        : 'has no "insidellms" field in its package.json'
      : `is no direct dependency of ${project}`
    return {
      status: {
        name,
        state: 'skipped',
        reason: `${name}: it is listed under "plugins", but ${reason}; skipped.`,
        provides: { models: [], probes: [], datasets: [] },
      },
      entryPath: '',
    }
  }
}

/** A plugin with a name that it cannot have is left out whole: its register() would fail. */
function checkNames(registry: PluginRegistry, { status }: FoundPlugin): void {
  if (status.state !== 'available') return
  for (const kind of pluginKinds)
    for (const name of status.provides[kind]) {
      const problem = nameProblem(registry, kind, name)
      if (problem === undefined) continue
      status.state = 'skipped'
      status.reason = `${status.name}: ${problem}; skipped.`
    }
}

function nameProblem(registry: PluginRegistry, kind: PluginKind, name: string): string | undefined {
  const own = registry[kind]
  if (own.has(name) && own.info(name).loaded) {
    const { builtin, package: holder } = own.info(name)
    return `the name "${name}" is ${builtin ? 'built in' : `already registered by ${holder ?? 'the program'}`}`
  }
  return isName(name) ? undefined : `"${name}" cannot name a ${own.kind}`
}

function declare(registry: PluginRegistry, found: FoundPlugin): void {
  const { status } = found
  let loading: Promise<void> | undefined
  const entry = {
    package: status.name,
    ...(status.version !== undefined && { version: status.version }),
    load: () => (loading ??= load(registry, found)),
  }
  for (const kind of pluginKinds) for (const name of status.provides[kind]) registry[kind].declare(name, entry)
}

async function load(registry: PluginRegistry, { status, entryPath }: FoundPlugin): Promise<void> {
  try {
    // Loaded late: it takes 5 ms, and most processes that look for plugins load none or few.
    const { createHash } = process.getBuiltinModule('node:crypto')
    const sha256 = createHash('sha256').update(fs.readFileSync(entryPath)).digest('hex')
    const module = (await import(pathToFileURL(entryPath).href)) as { default?: Plugin }
    if (module.default === undefined) throw new Error('it has no default export.')
    registry.use(module.default, { ...status, sha256 })
  } catch (error) {
    const why = sentence(error instanceof Error ? error.message : String(error))
    const reason = `${status.name} failed to load (${status.entry}): ${why} Other plugins are unaffected.`
    registry.record({ ...status, state: 'failed', reason })
    throw new InsideLLMsError('load_failed', reason, { cause: error })
  }
}

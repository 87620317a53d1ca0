import { relative, resolve, sep } from 'node:path'
import { apiVersionProblem } from './api-version.ts'
import { fs } from './builtin-fs.ts'
import type { LocatedPackage } from './package-locator.ts'
import { isObject, type Manifest, parseManifest } from './parse-manifest.ts'
import { pluginKinds } from './plugin.ts'
import type { PluginStatus } from './plugin-registry.ts'

export interface FoundPlugin {
  status: PluginStatus
  /** Absolute path of the entry file, symlinks resolved; empty for a plugin that is skipped. */
  entryPath: string
}

/** Reads what a package's manifest says of its plugin, and runs nothing. Undefined for a package that is no plugin. */
export function inspectPackage(name: string, { directory, manifest: text }: LocatedPackage): FoundPlugin | undefined {
  if (!text.includes('"insidellms"')) return undefined
  const status: PluginStatus = { name, state: 'skipped', provides: { models: [], probes: [], datasets: [] } }
  const skipped = (reason: string): FoundPlugin => ({ status: { ...status, reason }, entryPath: '' })

  let manifest: Manifest
  try {
    manifest = parseManifest(text)
  } catch (error) {
    return skipped(`${name}: package.json ${(error as Error).message}; skipped.`)
  }
  const field = manifest['insidellms']
  if (field === undefined) return undefined
  if (!isObject(field)) return skipped(`${name}: "insidellms" must be an object; skipped.`)
  if (typeof manifest['version'] === 'string') status.version = manifest['version']
  const problem = readProvides(field, status.provides)
  const versionProblem = apiVersionProblem(name, status.version, field['apiVersion'])
  if (versionProblem !== undefined) return skipped(versionProblem)
  status.apiVersion = field['apiVersion'] as number
  if (problem !== undefined) return skipped(`${name}: ${problem}; skipped.`)
  const plugin = field['plugin']
  if (typeof plugin !== 'string')
    return skipped(`${name}: "insidellms.plugin" must be the path of its entry file; skipped.`)

  const root = fs.realpathSync(directory)
  let entryPath: string
  try {
    entryPath = fs.realpathSync(resolve(root, plugin))
  } catch {
    return skipped(`${name}: "insidellms.plugin" names ${plugin}, which is not there; skipped.`)
  }
  if (!entryPath.startsWith(root + sep))
    return skipped(`${name}: "insidellms.plugin" points outside the package (${plugin}); skipped.`)
  return {
    status: { ...status, state: 'available', entry: relative(root, entryPath).split(sep).join('/') },
    entryPath,
  }
}

/** Fills `provides`, or says what is wrong with the field. */
function readProvides(field: Manifest, provides: PluginStatus['provides']): string | undefined {
  const given = field['provides']
  if (!isObject(given)) return '"insidellms.provides" must be an object such as { "models": ["x"] }'
  for (const kind of pluginKinds) {
    const names = given[kind] ?? []
    if (!Array.isArray(names) || names.some((name) => typeof name !== 'string'))
      return `"insidellms.provides.${kind}" must be a list of names`
    provides[kind] = names as string[]
  }
  return pluginKinds.every((kind) => provides[kind].length === 0) ? '"insidellms.provides" names nothing' : undefined
}

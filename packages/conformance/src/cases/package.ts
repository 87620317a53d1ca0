import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type Plugin, PluginRegistry } from '@insidellms/core'
import type { Bench } from '../bench.ts'
import { check, checkEqual } from '../check.ts'
import { type GroupedCase, group } from '../conformance-case.ts'
import { installedCoreVersion } from '../versions.ts'

interface PackageJson {
  name?: string
  keywords?: string[]
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  insidellms?: { apiVersion?: unknown; plugin?: unknown; provides?: { models?: unknown } }
}

interface PackageFolder {
  folder: string
  manifest: PackageJson
  name: string
}

async function packageOf({ description }: Bench): Promise<PackageFolder> {
  check(description.package, "The description has no package. Add: package: new URL('..', import.meta.url)")
  const folder = typeof description.package === 'string' ? description.package : fileURLToPath(description.package)
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as PackageJson
  check(manifest.name, `${join(folder, 'package.json')} has no name.`)
  return { folder, manifest, name: manifest.name }
}

/** The plugin's entry file as the manifest names it. */
function entryOf({ folder, manifest }: PackageFolder): string {
  const entry = manifest.insidellms?.plugin
  check(typeof entry === 'string', '"insidellms.plugin" in package.json must be the path of the entry file.')
  const path = join(folder, entry)
  check(existsSync(path), `"insidellms.plugin" names ${entry}, which is not there. Build the package first.`)
  return path
}

function modelsOf({ manifest }: PackageFolder): string[] {
  const models = manifest.insidellms?.provides?.models
  check(
    Array.isArray(models) && models.length > 0 && models.every((model) => typeof model === 'string'),
    '"insidellms.provides.models" in package.json must be a list with a name.',
  )
  return models as string[]
}

export const packageCases: readonly GroupedCase[] = group('package', [
  {
    id: 'keyword',
    proves: 'The keyword `insidellms-plugin`, by which people find the package, is in its package.json.',
    needs: 'package',
    async run(bench) {
      const { manifest } = await packageOf(bench)
      check(manifest.keywords?.includes('insidellms-plugin'), 'Add "insidellms-plugin" to "keywords" in package.json.')
    },
  },
  {
    id: 'core-is-a-peer',
    proves: 'Core is a peer dependency in the range of the installed core, and no dependency of its own.',
    needs: 'package',
    async run(bench) {
      const { manifest } = await packageOf(bench)
      const range = manifest.peerDependencies?.['@insidellms/core']
      const major = installedCoreVersion().split('.')[0]
      check(range, `Add "@insidellms/core": "^${major}.0.0" to "peerDependencies" in package.json.`)
      check(
        range === '*' || new RegExp(`(^|[^\\d.])${major}(\\.|$|\\s)`).test(range),
        `The peer range "${range}" of @insidellms/core does not name its major version ${major}.`,
      )
      check(
        manifest.dependencies?.['@insidellms/core'] === undefined,
        'Take @insidellms/core out of "dependencies": a second copy of it would be installed.',
      )
    },
  },
  {
    id: 'plugin-registers',
    proves: 'The entry registers exactly the names that the manifest promises, under the name of its package.',
    needs: 'package',
    async run(bench) {
      const found = await packageOf(bench)
      const entry = (await import(pathToFileURL(entryOf(found)).href)) as { default?: Plugin }
      check(entry.default, "The plugin's entry has no default export. Write: export default definePlugin({ ... })")
      checkEqual(entry.default.name, found.name, "The plugin's name")
      const registry = new PluginRegistry()
      registry.use(entry.default)
      const [status] = registry.plugins()
      checkEqual(status?.provides.models.toSorted(), modelsOf(found).toSorted(), 'The models that the plugin registers')
    },
  },
  {
    id: 'plugin-is-found',
    proves: 'A project that depends on the package discovers it, by all the names in its `insidellms` field.',
    needs: 'package',
    async run(bench) {
      const found = await packageOf(bench)
      const project = await mkdtemp(join(tmpdir(), 'insidellms-conformance-'))
      try {
        const link = join(project, 'node_modules', found.name)
        await mkdir(dirname(link), { recursive: true })
        await symlink(found.folder, link, 'junction')
        await writeFile(join(project, 'package.json'), JSON.stringify({ dependencies: { [found.name]: '*' } }))
        const registry = new PluginRegistry()
        const [status] = await registry.discover({ project })
        check(status?.state === 'available', `Discovery skipped the package: ${status?.reason ?? 'it is no plugin'}`)
        const missing = modelsOf(found).filter((model) => !registry.models.has(model))
        checkEqual(missing, [], 'The promised names that discovery did not find')
      } finally {
        await rm(project, { recursive: true, force: true })
      }
    },
  },
  {
    id: 'sdk-loads-late',
    proves: "Loading the plugin does not load the vendor's SDK: that waits for the first call.",
    needs: 'package',
    async run(bench) {
      const found = await packageOf(bench)
      const sdks = bench.description.sdk ?? Object.keys(found.manifest.dependencies ?? {})
      const loaded = await modulesLoadedBy(entryOf(found))
      const early = sdks.filter((name) => loaded.some((url) => url.includes(`/node_modules/${name}/`)))
      checkEqual(
        early,
        [],
        "The SDKs that loading the plugin loads (if one is no SDK, declare those that are: sdk: ['…'])",
      )
    },
  },
])

/** Every module that importing and registering a plugin loads, seen from a process of its own. */
async function modulesLoadedBy(entry: string): Promise<string[]> {
  const program = `
    import { registerHooks } from 'node:module'
    const urls = []
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
    const { default: plugin } = await import(${JSON.stringify(pathToFileURL(entry).href)})
    const registrar = { register() {} }
    plugin.register({ models: registrar, probes: registrar, datasets: registrar })
    process.stdout.write(JSON.stringify(urls))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    // The program runs from the package, so that its entry finds its dependencies.
    cwd: dirname(entry),
  })
  return JSON.parse(stdout) as string[]
}

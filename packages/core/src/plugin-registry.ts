import type { Dataset } from './dataset.ts'
import { createDummyDriver, type DummySettings } from './dummy-model.ts'
import { DriverModel, type ModelSettings } from './driver-model.ts'
import { InsideLLMsError } from './insidellms-error.ts'
import type { Model } from './model.ts'
import type { ModelDriver } from './model-driver.ts'
import type { DatasetFactory, ModelFactory, Plugin, ProbeFactory, Registrars, Settings } from './plugin.ts'
import type { Probe } from './probe.ts'
import { type EntryOrigin, Registry } from './registry.ts'
import { checkSettings } from './check-settings.ts'
import { splitModelSettings } from './split-model-settings.ts'

/** A plugin that was found or used, for `insidellms plugins` and for a run's manifest. */
export interface PluginStatus {
  name: string
  version?: string
  apiVersion?: number
  /** `available`: found, its code has not run. */
  state: 'available' | 'loaded' | 'failed' | 'skipped'
  /** Why it was skipped, or failed. */
  reason?: string
  provides: { models: string[]; probes: string[]; datasets: string[] }
  /** The entry file relative to its package, with forward slashes. */
  entry?: string
  /** SHA-256 of the entry file: lowercase hex. Known once it is loaded. */
  sha256?: string
}

export interface DiscoverOptions {
  /** A directory of the project. Default: the nearest ancestor of the working directory with a package.json. */
  project?: string
  /** Package names to load, and no others. Default: every direct dependency that is a plugin. */
  plugins?: readonly string[]
}

/** The registries that a plugin can add to. Each is its own world: a test or a server can have several. */
export class PluginRegistry {
  readonly models: Registry<ModelFactory, Model> = new Registry('model provider', makeModel)
  readonly probes: Registry<ProbeFactory, Probe> = new Registry('probe', (factory, settings) => factory(settings))
  readonly datasets: Registry<DatasetFactory, Dataset> = new Registry('dataset', (factory, settings) =>
    factory(settings),
  )
  readonly #plugins = new Map<string, PluginStatus>()

  constructor() {
    this.models.register('dummy', dummyFactory, {}, { builtin: true })
    for (const registry of [this.models, this.probes, this.datasets])
      registry.onMissing(
        () => 'No plugin was looked for: call `await ensureBuiltinsRegistered()`, or `registry.use(plugin)`.',
      )
  }

  /**
   * Registers a plugin's names at once; `get` is synchronous for them from here on.
   *
   * @throws {InsideLLMsError} `incompatible` for a foreign `apiVersion`, `duplicate` for a name that is taken.
   */
  use(plugin: Plugin, origin: EntryOrigin = {}): void {
    if (typeof plugin?.register !== 'function')
      throw new InsideLLMsError(
        'config',
        'This is no plugin: its default export must be definePlugin({ name, apiVersion, register }).',
      )
    checkApiVersion(plugin)
    const provides: PluginStatus['provides'] = { models: [], probes: [], datasets: [] }
    const from = { package: plugin.name, ...origin }
    const registrars = {} as Registrars
    for (const kind of ['models', 'probes', 'datasets'] as const)
      registrars[kind] = {
        register: (name: string, factory: never) => {
          this[kind].register(name, factory, {}, from)
          provides[kind].push(name)
        },
      }
    try {
      plugin.register(registrars)
    } catch (error) {
      for (const kind of ['models', 'probes', 'datasets'] as const)
        for (const name of provides[kind]) this[kind].unregister(name)
      throw error
    }
    this.record({ name: plugin.name, apiVersion: plugin.apiVersion, state: 'loaded', provides })
  }

  /**
   * Finds the plugins among a project's direct dependencies. Reads manifests only: a plugin's code runs when one of its
   * names is first asked for. Needs a disk.
   *
   * @throws {InsideLLMsError} `config` where there is no project, or no disk.
   */
  async discover(options: DiscoverOptions = {}): Promise<PluginStatus[]> {
    const { discoverPlugins } = await import('#discover')
    return discoverPlugins(this, options)
  }

  /** Every plugin seen so far, by name. */
  plugins(): PluginStatus[] {
    return [...this.#plugins.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** For discovery: keeps what is known of a plugin. */
  record(status: PluginStatus): void {
    this.#plugins.set(status.name, { ...this.#plugins.get(status.name), ...status })
  }
}

/** Versions of the hook that this core accepts: the current one, and the one before it once there is one. */
const acceptedApiVersions: readonly number[] = [1]

function checkApiVersion(plugin: Plugin): void {
  const problem = apiVersionProblem(plugin.name, undefined, plugin.apiVersion)
  if (problem !== undefined) throw new InsideLLMsError('incompatible', problem)
}

/** Undefined when the version is accepted. */
export function apiVersionProblem(name: string, version: string | undefined, apiVersion: unknown): string | undefined {
  if (acceptedApiVersions.includes(apiVersion as number)) return undefined
  const newer = typeof apiVersion === 'number' && apiVersion > Math.max(...acceptedApiVersions)
  return `${name}${version ? ` ${version}` : ''} needs plugin API ${JSON.stringify(apiVersion)}; this @insidellms/core supports ${acceptedApiVersions.join(', ')}. ${
    newer ? 'Upgrade @insidellms/core' : `Upgrade ${name}`
  }, or pin the other to the same major version.`
}

const dummyFactory: ModelFactory = (settings) => {
  checkSettings('dummy', settings, ['modelName', 'response', 'delayMs'])
  return createDummyDriver(settings as DummySettings)
}

/** Keeps the settings that every model takes, gives the rest to the factory, and makes its driver a `Model`. */
function makeModel(factory: ModelFactory, settings: Settings): Model | Promise<Model> {
  const { driver, model } = splitModelSettings(settings)
  const made = factory(driver)
  return made instanceof Promise ? made.then((later) => toModel(later, model)) : toModel(made, model)
}

function toModel(made: ModelDriver | Model, settings: ModelSettings): Model {
  // By shape and not by class: it may come from a plugin with its own copy of core.
  if (typeof (made as Partial<Model>)?.generate === 'function') {
    const unused = Object.keys(settings)
    if (unused.length === 0) return made as Model
    throw new InsideLLMsError(
      'config',
      `${(made as Model).name} is a whole Model, which takes its own settings; ${unused.join(', ')} cannot be set from outside. Pass it with each call.`,
    )
  }
  return new DriverModel(made as ModelDriver, settings)
}

import { apiVersionProblem } from './api-version.ts'
import { checkSettings } from './check-settings.ts'
import type { Dataset } from './dataset.ts'
import { createDummyDriver, type DummySettings } from './dummy-model.ts'
import { DriverModel, type ModelSettings } from './driver-model.ts'
import { InsideLLMsError } from './insidellms-error.ts'
import type { Model } from './model.ts'
import type { ModelDriver } from './model-driver.ts'
import {
  type DatasetFactory,
  type ModelFactory,
  type Plugin,
  type PluginKind,
  pluginKinds,
  type ProbeFactory,
  type Settings,
} from './plugin.ts'
import type { Probe } from './probe.ts'
import { type EntryOrigin, Registry } from './registry.ts'
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
      registry.onMissing((_name, near) =>
        near === undefined
          ? 'No plugin was looked for: call `await ensureBuiltinsRegistered()`, or `registry.use(plugin)`.'
          : '',
      )
  }

  /**
   * Registers a plugin's names at once, all of them or none; `get` is synchronous for them from here on.
   *
   * @param found What discovery knows of the package: the plugin must then register exactly what its manifest says.
   * @throws {InsideLLMsError} `incompatible` for a foreign `apiVersion`, `duplicate` for a name that is taken, `config`
   *   when it is no plugin.
   */
  use(plugin: Plugin, found?: PluginStatus): void {
    if (typeof plugin?.register !== 'function' || typeof plugin.name !== 'string')
      throw new InsideLLMsError(
        'config',
        'This is no plugin: it must be definePlugin({ name, apiVersion, register }), as the default export of its file.',
      )
    const name = found?.name ?? plugin.name
    const problem = apiVersionProblem(name, found?.version, plugin.apiVersion)
    if (problem !== undefined) throw new InsideLLMsError('incompatible', problem)
    const registered = this.#collect(plugin, found)
    const origin: EntryOrigin = {
      package: name,
      ...(found?.version !== undefined && { version: found.version }),
      declared: found !== undefined,
    }
    // First all the checks, so that a plugin that cannot be used leaves nothing behind.
    for (const { kind, entry } of registered) this[kind].checkFree(entry, {}, origin)
    const provides: PluginStatus['provides'] = { models: [], probes: [], datasets: [] }
    for (const { kind, entry, factory } of registered) {
      this[kind].register(entry, factory, {}, origin)
      provides[kind].push(entry)
    }
    this.record({ ...found, name, apiVersion: plugin.apiVersion, state: 'loaded', provides })
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
    this.#plugins.set(status.name, status)
  }

  /** For discovery, which begins anew each time: only what is loaded stays. */
  forgetDiscovered(): void {
    for (const [name, { state }] of this.#plugins) if (state !== 'loaded') this.#plugins.delete(name)
    for (const kind of pluginKinds) this[kind].forgetDeclared()
  }

  /** Runs the plugin, and checks that it registers what its manifest says where there is one. */
  #collect(plugin: Plugin, found: PluginStatus | undefined): Registered[] {
    const registered: Registered[] = []
    const has = (kind: PluginKind, entry: string): boolean =>
      registered.some((other) => other.kind === kind && other.entry === entry)
    const registrar = (kind: PluginKind): { register(entry: string, factory: never): void } => ({
      register: (entry, factory) => {
        if (has(kind, entry)) throw refused(`it registers the ${this[kind].kind} "${entry}" twice.`)
        if (found !== undefined && !found.provides[kind].includes(entry))
          throw refused(
            `it registers the ${this[kind].kind} "${entry}", which its package.json does not name under "insidellms.provides.${kind}".`,
          )
        registered.push({ kind, entry, factory })
      },
    })
    const returned: unknown = plugin.register({
      models: registrar('models'),
      probes: registrar('probes'),
      datasets: registrar('datasets'),
    })
    if (returned instanceof Promise) {
      returned.catch(() => undefined)
      throw refused('its register() gave a promise: it must register at once. A factory may be asynchronous.')
    }
    for (const kind of pluginKinds)
      for (const entry of found?.provides[kind] ?? [])
        if (!has(kind, entry))
          throw refused(`its package.json provides the ${this[kind].kind} "${entry}", but it did not register it.`)
    return registered
  }
}

interface Registered {
  kind: PluginKind
  entry: string
  factory: never
}

function refused(reason: string): InsideLLMsError {
  return new InsideLLMsError('config', `The plugin cannot be used: ${reason}`)
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

import type { Dataset } from './dataset.ts'
import type { Model } from './model.ts'
import type { ModelDriver } from './model-driver.ts'
import type { Probe } from './probe.ts'

/** Settings as they come from a caller or a config, names in camelCase. The factory checks them. */
export type Settings = Record<string, unknown>

/** Makes a driver (core makes it a `Model`) or a whole `Model`, of the settings that core does not take itself. */
export type ModelFactory = (settings: Settings) => ModelDriver | Model | Promise<ModelDriver | Model>
export type ProbeFactory = (settings: Settings) => Probe | Promise<Probe>
export type DatasetFactory = (settings: Settings) => Dataset | Promise<Dataset>

export interface Registrar<Factory> {
  register(name: string, factory: Factory): void
}

export interface Registrars {
  models: Registrar<ModelFactory>
  probes: Registrar<ProbeFactory>
  datasets: Registrar<DatasetFactory>
}

export type PluginKind = keyof Registrars

export const pluginKinds: readonly PluginKind[] = ['models', 'probes', 'datasets']

/** The default export of a plugin's entry file. It needs no runtime import of core, so two copies of core cannot hurt. */
export interface Plugin {
  /** The package's name. */
  name: string
  /** The hook's version. */
  apiVersion: 1
  /** Registers what the package provides; loads no SDK yet. */
  register(registrars: Registrars): void
}

/** The `insidellms` field of a plugin's package.json. */
export interface PluginManifest {
  apiVersion: 1
  /** The entry file, relative to the package. */
  plugin: string
  provides: { models?: string[]; probes?: string[]; datasets?: string[] }
}

/**
 * Gives an object literal the plugin type; it returns its argument.
 *
 * @example
 * ```ts
 * export default definePlugin({
 *   name: 'insidellms-provider-x',
 *   apiVersion: 1,
 *   register({ models }) { models.register('x', (settings) => createXDriver(settings)) },
 * })
 * ```
 */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin
}

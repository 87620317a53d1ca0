import type { Dataset } from './dataset.ts'
import type { Model } from './model.ts'
import type { DatasetFactory, ModelFactory, ProbeFactory } from './plugin.ts'
import { PluginRegistry, type PluginStatus } from './plugin-registry.ts'
import type { Probe } from './probe.ts'
import type { Registry } from './registry.ts'

/** The registry of a program that needs only one. Nothing fills it by being imported. */
export const registry: PluginRegistry = new PluginRegistry()

export const modelRegistry: Registry<ModelFactory, Model> = registry.models
export const probeRegistry: Registry<ProbeFactory, Probe> = registry.probes
export const datasetRegistry: Registry<DatasetFactory, Dataset> = registry.datasets

let discovered: Promise<PluginStatus[]> | undefined

/**
 * Finds the providers that the current project has installed, once per process; further calls share the first one's
 * answer. For another project or another registry, call `discover` on it.
 *
 * @throws {InsideLLMsError} `config` where there is no project on disk.
 */
export function ensureBuiltinsRegistered(): Promise<PluginStatus[]> {
  discovered ??= registry.discover().catch((error: unknown) => {
    discovered = undefined
    throw error
  })
  return discovered
}

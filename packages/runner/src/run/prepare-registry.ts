import { PluginRegistry } from '@insidellms/core'
import { builtinProbes } from '@insidellms/probes'
import type { LoadedConfig } from '../config/load-config.ts'

export interface RegistryOptions {
  /** A directory of the project whose plugins to use. Default: the nearest package.json above the working directory. */
  project?: string
  /** Look for plugins. Default: true. */
  discover?: boolean
}

/**
 * A registry with the built-in probes and the project's plugins; a config's `plugins` are the only ones that are used.
 *
 * @throws {InsideLLMsError} `config` where there is no project.
 */
export async function prepareRegistry(
  { config }: Pick<LoadedConfig, 'config'>,
  options: RegistryOptions = {},
): Promise<PluginRegistry> {
  const registry = new PluginRegistry()
  registry.use(builtinProbes)
  if (options.discover !== false)
    await registry.discover({
      ...(options.project !== undefined && { project: options.project }),
      ...(config.plugins !== undefined && { plugins: config.plugins }),
    })
  return registry
}

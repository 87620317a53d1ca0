import { InsideLLMsError } from './insidellms-error.ts'
import type { PluginStatus } from './plugin-registry.ts'

/** Stands in for discovery in browsers and edge runtimes. */
export async function discoverPlugins(): Promise<PluginStatus[]> {
  throw new InsideLLMsError(
    'config',
    'Plugin discovery needs a project on disk; in a bundle, call registry.use(plugin).',
  )
}

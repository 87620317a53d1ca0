import { InsideLLMsError, PluginRegistry } from '@insidellms/core'
import { builtinProbes } from '@insidellms/probes'
import type { GlobalOptions } from './command-context.ts'

/** The built-in probes, and the plugins of the project. A plugin's code runs when one of its names is asked for. */
export async function createRegistry(options: GlobalOptions, plugins?: readonly string[]): Promise<PluginRegistry> {
  const registry = new PluginRegistry()
  registry.use(builtinProbes)
  if (!options.plugins) return registry
  const { project } = options
  try {
    await registry.discover({ ...(project !== undefined && { project }), ...(plugins !== undefined && { plugins }) })
  } catch (error) {
    // Outside of any project the built-in names still work; whoever asks for more is told why there is none.
    if (project !== undefined || plugins !== undefined || !InsideLLMsError.isInstance(error)) throw error
    registry.models.onMissing(() => error.message)
  }
  return registry
}

import type { PluginStatus } from '@insidellms/core'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { table } from '../table.ts'

/** `insidellms plugins`: what discovery found, and why it left out what it left out. Runs no plugin's code. */
export async function pluginsCommand({ json }: { json?: boolean }, context: CommandContext): Promise<number> {
  const plugins = (await context.registry()).plugins()
  if (json) context.stdout.write(`${JSON.stringify(plugins, null, 2)}\n`)
  else context.stdout.write(table(plugins.map(describe)))
  return exitCodes.ok
}

function describe({ name, version, state, reason, provides }: PluginStatus): string[] {
  const names = [...provides.models, ...provides.probes, ...provides.datasets]
  return [`${name} ${version ?? ''}`.trim(), state, reason ?? names.join(', ')]
}

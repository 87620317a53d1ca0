import { access, constants } from 'node:fs/promises'
import { type InsideLLMsError, PluginRegistry, type PluginStatus } from '@insidellms/core'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { table } from '../table.ts'

interface Finding {
  what: string
  ok: boolean
  says: string
}

/** `insidellms doctor`: what may be wrong with this machine and this project, and what mends it. Makes no request. */
export async function doctorCommand(context: CommandContext): Promise<number> {
  const findings = [checkNode(), await checkDirectory(), ...(await checkPlugins(context))]
  context.stdout.write(table(findings.map(({ what, ok, says }) => [ok ? 'ok' : 'NO', what, says])))
  return findings.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.failed
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const ok = major > 22 || (major === 22 && minor >= 18)
  return { what: 'Node.js', ok, says: ok ? process.versions.node : `${process.versions.node}; install 22.18 or newer` }
}

async function checkDirectory(): Promise<Finding> {
  const what = 'working directory'
  try {
    await access(process.cwd(), constants.W_OK)
    return { what, ok: true, says: 'can be written' }
  } catch {
    return { what, ok: false, says: `${process.cwd()} cannot be written; give --run-dir elsewhere` }
  }
}

/** Loads each plugin in a registry of its own, so that one that fails says so here and not in the middle of a run. */
async function checkPlugins(context: CommandContext): Promise<Finding[]> {
  const { plugins: wanted, project } = context.options
  if (!wanted) return [{ what: 'plugins', ok: true, says: 'switched off' }]
  const registry = new PluginRegistry()
  let found
  try {
    found = await registry.discover(project === undefined ? {} : { project })
  } catch (error) {
    return [{ what: 'plugins', ok: false, says: (error as Error).message }]
  }
  if (found.length === 0)
    return [{ what: 'plugins', ok: true, says: 'none installed; add a provider, such as @insidellms/provider-openai' }]
  const findings: Finding[] = []
  for (const plugin of found) findings.push(await checkPlugin(plugin, registry))
  return findings
}

async function checkPlugin(
  { name, state, reason, provides }: PluginStatus,
  registry: PluginRegistry,
): Promise<Finding> {
  if (state === 'skipped') return { what: name, ok: false, says: reason ?? 'skipped' }
  const notes: string[] = []
  for (const type of provides.models) {
    try {
      await (await registry.models.get(type, {})).close()
      notes.push(type)
    } catch (error) {
      const { code, message } = error as Partial<InsideLLMsError> & Error
      if (code === 'load_failed' || code === 'duplicate' || code === 'incompatible')
        return { what: name, ok: false, says: message }
      // Loaded, but it wants settings or a key: a config may still give them.
      notes.push(`${type} (${message})`)
    }
  }
  return { what: name, ok: true, says: [...notes, ...provides.probes, ...provides.datasets].join('; ') }
}

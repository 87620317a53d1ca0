import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { table } from '../table.ts'

export type ListedKind = 'models' | 'probes' | 'datasets'

/** `insidellms list`: names, and where they come from. */
export async function listCommand(
  kind: ListedKind,
  { json }: { json?: boolean },
  context: CommandContext,
): Promise<number> {
  const registry = (await context.registry())[kind]
  const entries = registry.list().map((name) => registry.info(name))
  if (json) context.stdout.write(`${JSON.stringify(entries, null, 2)}\n`)
  else
    context.stdout.write(
      table(
        entries.map(({ name, builtin, package: source, version }) => [
          name,
          builtin ? 'built in' : `${source ?? ''} ${version ?? ''}`.trim(),
        ]),
      ),
    )
  return exitCodes.ok
}

import { formatDiff, type InstallationComparison, reproduceRun, visibleText } from '@insidellms/runner'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { runSummary } from '../run-summary.ts'
import { table } from '../table.ts'
import { TerminalProgress } from '../terminal-progress.ts'
import { usesColor } from '../uses-color.ts'

export interface ReproduceCommandOptions {
  ask?: boolean
  runDir?: string
  overwrite?: boolean
  configDirectory?: string
  concurrency?: number
  ignore?: string[]
  limit?: number
  quiet?: boolean
}

/** `insidellms reproduce <run>`: what moved since, the run again, and what came out otherwise. */
export async function reproduceCommand(
  path: string,
  { limit, quiet, ...options }: ReproduceCommandOptions,
  context: CommandContext,
): Promise<number> {
  const { stdout, signal } = context
  const { project } = context.options
  const progress = new TerminalProgress(context)
  try {
    const { run, diff, same } = await reproduceRun(path, {
      ...options,
      ...(project !== undefined && { project }),
      registry: (plugins) => context.registry(plugins),
      signal,
      onCompared: (comparison) => stdout.write(movedTable(comparison)),
      ...(!quiet && { onProgress: progress.show }),
    })
    progress.end()
    stdout.write(await runSummary(run))
    if (diff === undefined) return exitCodes.failed
    const format = { color: usesColor(stdout), ...(limit !== undefined && { limit }) }
    stdout.write(`\n${formatDiff(diff, 'text', format)}`)
    return same ? exitCodes.ok : exitCodes.gate
  } finally {
    progress.end()
  }
}

function movedTable({ compared, moved }: InstallationComparison): string {
  if (moved.length === 0) return `Nothing moved: ${compared} facts are what they were.\n\n`
  const rows = moved.map(({ what, before, now }) => [
    visibleText(what),
    short(before),
    now === undefined ? 'not there' : short(now),
  ])
  return `${moved.length} of ${compared} facts moved.\n${table([['what', 'then', 'now'], ...rows])}\n`
}

/** The front of a hash tells two of them apart; the manifests have the whole. */
function short(value: string): string {
  return visibleText(value.replace(/\b([0-9a-f]{12})[0-9a-f]{28,}\b/, '$1'))
}

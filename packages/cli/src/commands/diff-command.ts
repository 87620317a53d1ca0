import { writeFile } from 'node:fs/promises'
import { type DiffFormat, diffRuns, formatDiff, type GateName } from '@insidellms/runner'
import type { CommandContext } from '../command-context.ts'
import { usesColor } from '../uses-color.ts'

export interface DiffCommandOptions {
  failOn?: GateName[]
  ignore?: string[]
  format: DiffFormat
  output?: string
  limit?: number
  alpha?: number
  confidence?: number
  seed?: number
}

/** `insidellms diff <baseline> <candidate>`: exit code 2 when a gate of `--fail-on` hits. */
export async function diffCommand(
  baseline: string,
  candidate: string,
  options: DiffCommandOptions,
  context: CommandContext,
): Promise<number> {
  const { format, output, limit, ...compared } = options
  const report = await diffRuns(baseline, candidate, {
    ...compared,
    ...(limit !== undefined && { limit: listed(format, limit) }),
  })
  const text = formatDiff(report, format, {
    color: output === undefined && usesColor(context.stdout),
    ...(limit !== undefined && { limit }),
  })
  if (output === undefined) context.stdout.write(text)
  else await writeFile(output, text)
  return report.exitCode
}

/** Text and Markdown show the first items of each section, so that a report for them must list more than that. */
function listed(format: DiffFormat, limit: number): number {
  return format === 'text' || format === 'markdown' ? Math.max(1_000, limit) : limit
}

import { writeReport } from '@insidellms/runner'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'

export interface ReportCommandOptions {
  output?: string
  title?: string
  confidence?: number
}

/** `insidellms report <run> [candidate]`: one page on a run, or on two that it compares. */
export async function reportCommand(
  run: string,
  candidate: string | undefined,
  options: ReportCommandOptions,
  { stdout }: CommandContext,
): Promise<number> {
  const { path, records, bytes } = await writeReport(candidate === undefined ? [run] : [run, candidate], options)
  stdout.write(`${path}: ${records} records, ${size(bytes)}\n`)
  return exitCodes.ok
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

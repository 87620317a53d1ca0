import { type ExportFormat, exportRun } from '@insidellms/runner'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'

export interface ExportCommandOptions {
  format: ExportFormat
  output?: string
}

/** `insidellms export <run>`: the records in a format of other programs. */
export async function exportCommand(
  run: string,
  options: ExportCommandOptions,
  { stdout }: CommandContext,
): Promise<number> {
  const { files, records } = await exportRun(run, options)
  for (const file of files) stdout.write(`${file}\n`)
  stdout.write(`Exported ${records} ${records === 1 ? 'record' : 'records'}.\n`)
  return exitCodes.ok
}

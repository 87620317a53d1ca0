import { stat } from 'node:fs/promises'
import { loadConfig, validateRun } from '@insidellms/runner'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'

/** `insidellms validate <path>`: a run directory against its schema, or a config against its own. */
export async function validateCommand(path: string, context: CommandContext): Promise<number> {
  const kind = await stat(path).catch(() => undefined)
  if (kind === undefined || (!kind.isDirectory() && !path.endsWith('manifest.json'))) {
    const { config } = await loadConfig(path)
    context.stdout.write(
      `${path} is a valid config: ${count(config.models.length, 'model')}, ${count(config.probes.length, 'probe')}.\n`,
    )
    return exitCodes.ok
  }
  const report = await validateRun(path)
  for (const { file, line, path: field, message } of report.issues)
    context.stdout.write(`${file}${line === undefined ? '' : `:${line}`}${field ? ` ${field}` : ''}: ${message}\n`)
  const more = report.issueCount - report.issues.length
  if (more > 0) context.stdout.write(`... and ${more} more\n`)
  context.stdout.write(
    report.valid
      ? `${path} is a valid run: ${count(report.records, 'record')}, schema ${report.schemaVersion}.\n`
      : `${path} is not valid: ${count(report.issueCount, 'issue')}.\n`,
  )
  return report.valid ? exitCodes.ok : exitCodes.failed
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

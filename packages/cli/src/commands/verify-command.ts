import { type TouchedPlace, verifyRun, visibleText } from '@insidellms/runner'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { table } from '../table.ts'

/** `insidellms verify <run>`: whether every file is as the run wrote it, and what was touched where one is not. */
export async function verifyCommand(
  path: string,
  { json }: { json?: boolean },
  context: CommandContext,
): Promise<number> {
  const report = await verifyRun(path)
  const { stdout } = context
  if (json) stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  else {
    stdout.write(
      table(
        report.files.map(({ file, status, expected, actual }) => [
          file,
          status,
          status === 'touched' ? `${expected} -> ${actual}` : expected,
        ]),
      ),
    )
    for (const place of report.touched) stdout.write(`${place.file}:${place.line} ${visibleText(describe(place))}\n`)
    const more = report.touchedCount - report.touched.length
    if (more > 0) stdout.write(`... and ${more} more\n`)
    for (const note of report.notes) stdout.write(`${note}\n`)
    stdout.write(
      `${path} is ${report.status}.${report.manifestSha256 === null ? '' : ` manifest.json itself: sha256 ${report.manifestSha256}`}\n`,
    )
  }
  return report.status === 'intact' ? exitCodes.ok : exitCodes.failed
}

/** Such as `touched: sum-02, in scores, output`. */
function describe({ kind, example, fields }: TouchedPlace): string {
  const where = fields.length > 0 ? `in ${fields.join(', ')}` : kind === 'touched' ? 'between its members' : ''
  return `${kind}${example === undefined ? '' : `: ${example}`}${where && `, ${where}`}`
}

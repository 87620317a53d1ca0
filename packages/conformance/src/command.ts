import { parseArgs } from 'node:util'
import { InsideLLMsError } from '@insidellms/core'
import { conformanceCases } from './all-cases.ts'
import { findDescription } from './find-description.ts'
import { checkProvider, reportText } from './report.ts'

const usage = `insidellms-conformance <package> [options]

Runs the conformance cases against a provider and prints the report.

  <package>              the name of an installed package, or the path of its folder
  --description <file>   the module that describes the provider, "file" or "file#export"
                         (default: what package.json names under "insidellms.conformance")
  --json                 print the report as JSON
  --only <id,...>        run these cases or groups only
  --date                 put the time into the report
  --list                 list the cases and what each proves
  --help

Exit code: 0 no case failed, 1 a case failed or could not be run, 64 wrong usage.
`

/** Where the command writes. */
export interface Output {
  out(text: string): void
  error(text: string): void
}

/** The command `insidellms-conformance`; gives its exit code. */
export async function runCommand(args: string[], cwd: string, { out, error }: Output): Promise<number> {
  const options = readArguments(args)
  if (typeof options === 'string') {
    error(`${options}\n\n${usage}`)
    return 64
  }
  const { values, positionals } = options
  if (values.help) return print(usage)
  if (values.list) return print(conformanceCases.map(({ id, proves }) => `${id}\n  ${proves}\n`).join(''))
  try {
    const description = await findDescription(positionals[0]!, values.description, cwd)
    const report = await checkProvider(description, {
      ...(values.only !== undefined && { only: values.only.split(',') }),
      ...(values.date && { date: new Date().toISOString() }),
    })
    out(values.json ? `${JSON.stringify(report, null, 2)}\n` : `${reportText(report)}\n`)
    return report.totals.failed === 0 ? 0 : 1
  } catch (failure) {
    if (!InsideLLMsError.isInstance(failure)) throw failure
    error(`${failure.message}\n`)
    return 1
  }

  function print(text: string): number {
    out(text)
    return 0
  }
}

const options = {
  description: { type: 'string' },
  json: { type: 'boolean' },
  only: { type: 'string' },
  date: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

type Arguments = ReturnType<typeof parseArgs<{ args: string[]; options: typeof options; allowPositionals: true }>>

/** What was asked for, or what is wrong with it. */
function readArguments(args: string[]): Arguments | string {
  let given: Arguments
  try {
    given = parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    return (error as Error).message
  }
  const { values, positionals } = given
  if (values.help || values.list) return given
  if (positionals.length !== 1) return 'Name one package.'
  const known = new Set<string>(conformanceCases.flatMap(({ id, group }) => [id, group]))
  const unknown = values.only?.split(',').find((name) => !known.has(name))
  return unknown === undefined ? given : `There is no case and no group "${unknown}". See --list.`
}

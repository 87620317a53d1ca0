import { conformanceCases } from './all-cases.ts'
import type { CaseGroup } from './conformance-case.ts'
import type { ProviderDescription } from './provider-description.ts'
import { type CaseOutcome, planCases, runCase } from './run-cases.ts'
import { installedCoreVersion, kitVersion, packageIdentity } from './versions.ts'

/** What a provider's author can publish. `conformanceReportSchema` describes it. */
export interface ConformanceReport {
  /** Version of this format. */
  schema: 'insidellms.conformance/1'
  /** Name and version of the provider's package; null where the description names none. */
  package: string | null
  version: string | null
  /** The provider's type name, from `info()`; null where no driver could be made. */
  provider: string | null
  /** Which of the package's drivers, where it has several. */
  variant?: string
  /** The version of this kit. */
  kit: string
  core: string
  node: string
  /** When it was made: ISO 8601, UTC. */
  date?: string
  totals: { passed: number; failed: number; skipped: number }
  cases: ReportedCase[]
}

export interface ReportedCase extends CaseOutcome {
  id: string
  group: CaseGroup
}

export interface CheckOptions {
  /** Ids or groups of the cases to run. Default: all. */
  only?: readonly string[]
  /** Put into the report as it is. Default: no date, so that the same results are the same report. */
  date?: string
  /** Told of each case as it ends. */
  onCase?: (result: ReportedCase) => void
}

/** Runs the cases, one after another, and reports. A failed case is in the report; it is not thrown. */
export async function checkProvider(
  description: ProviderDescription,
  options: CheckOptions = {},
): Promise<ConformanceReport> {
  const { only, date, onCase } = options
  const cases: ReportedCase[] = []
  for (const entry of planCases(description)) {
    if (only !== undefined && !only.includes(entry.id) && !only.includes(entry.group)) continue
    const result = { id: entry.id, group: entry.group, ...(await runCase(entry, description)) }
    cases.push(result)
    onCase?.(result)
  }
  return assembleReport(description, cases, date)
}

/** The report of cases that have run. */
export async function assembleReport(
  description: ProviderDescription,
  cases: ReportedCase[],
  date?: string,
): Promise<ConformanceReport> {
  const count = (status: CaseOutcome['status']): number => cases.filter((result) => result.status === status).length
  return {
    schema: 'insidellms.conformance/1',
    ...packageIdentity(description.package),
    provider: await providerName(description),
    ...(description.variant !== undefined && { variant: description.variant }),
    kit: kitVersion(),
    core: installedCoreVersion(),
    node: process.version,
    ...(date !== undefined && { date }),
    totals: { passed: count('passed'), failed: count('failed'), skipped: count('skipped') },
    cases,
  }
}

async function providerName({ createDriver, apiKey = 'none' }: ProviderDescription): Promise<string | null> {
  try {
    const driver = await createDriver({ url: 'http://127.0.0.1:9', apiKey })
    const { provider } = driver.info()
    await driver.close?.()
    return provider
  } catch {
    // Every case says why.
    return null
  }
}

const marks = { passed: 'ok  ', failed: 'FAIL', skipped: 'skip' } as const

/** One case as a line for a terminal. */
export function caseText({ id, status, reason }: ReportedCase): string {
  return `${marks[status]}  ${id}${reason === undefined ? '' : `: ${reason}`}`
}

/** A report as plain text. */
export function reportText(report: ConformanceReport): string {
  const { package: name, version, provider, variant, kit, core, node, date, cases } = report
  const lines = [
    `${name === null ? '' : `${name} ${version ?? ''}, `}provider ${provider ?? 'unknown'}${variant === undefined ? '' : `, ${variant}`}`,
    `@insidellms/conformance ${kit}, @insidellms/core ${core}, Node ${node}${date === undefined ? '' : `, ${date}`}`,
  ]
  for (const group of new Set(conformanceCases.map((entry) => entry.group))) {
    const members = cases.filter((result) => result.group === group)
    if (members.length > 0) lines.push('', group, ...members.map((result) => `  ${caseText(result)}`))
  }
  return [...lines, '', totalsText(report)].join('\n')
}

/** The last line of a report. */
export function totalsText({ totals }: ConformanceReport): string {
  return `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`
}

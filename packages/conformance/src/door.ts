import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConformanceFailure } from './check.ts'
import type { ProviderDescription } from './provider-description.ts'
import { assembleReport, type ReportedCase } from './report.ts'
import { type PlannedCase, planCases, runCase, secondsOf } from './run-cases.ts'

export interface DoorTest {
  id: string
  proves: string
  /** Milliseconds: more than the kit itself allows, so that the kit's own words are read. */
  timeout: number
  /** Gives the reason of a skip; throws what a case found wrong. */
  run(): Promise<string | undefined>
}

/** What a test runner needs to run the cases as its own tests. */
export class Door {
  readonly tests: DoorTest[]
  readonly #description: ProviderDescription
  readonly #results: ReportedCase[] = []

  constructor(description: ProviderDescription) {
    this.#description = description
    this.tests = planCases(description).map((entry) => ({
      id: entry.id,
      proves: entry.proves,
      timeout: (secondsOf(entry) + 10) * 1000,
      run: () => this.#run(entry),
    }))
  }

  async #run(entry: PlannedCase): Promise<string | undefined> {
    const outcome = await runCase(entry, this.#description)
    this.#results.push({ id: entry.id, group: entry.group, ...outcome })
    if (outcome.status === 'failed') throw new ConformanceFailure(outcome.reason)
    return outcome.status === 'skipped' ? (outcome.reason ?? '') : undefined
  }

  /** Writes the report into the folder that `INSIDELLMS_CONFORMANCE_REPORT` names, if it names one. */
  async writeReport(): Promise<void> {
    const folder = process.env['INSIDELLMS_CONFORMANCE_REPORT']
    if (!folder) return
    const report = await assembleReport(this.#description, this.#results)
    const name = [report.package ?? report.provider ?? 'unknown', report.variant]
      .filter(Boolean)
      .join('-')
      .replace('@', '')
    await mkdir(folder, { recursive: true })
    await writeFile(
      join(folder, `${name.replaceAll(/[^a-z0-9.-]+/gi, '-')}.json`),
      `${JSON.stringify(report, null, 2)}\n`,
    )
  }
}

import { didYouMean, InsideLLMsError } from '@insidellms/core'
import { conformanceCases } from './all-cases.ts'
import { Bench } from './bench.ts'
import { NotApplicable, within } from './check.ts'
import type { GroupedCase } from './conformance-case.ts'
import type { ProviderDescription } from './provider-description.ts'

/**
 * Why a case did not run: the provider declares that it has no such thing, its engine has no wire, or there turned out
 * to be nothing to prove.
 */
export type SkippedBecause = 'declared' | 'no-wire' | 'not-applicable'

export interface CaseOutcome {
  status: 'passed' | 'failed' | 'skipped'
  /** What failed, or why it was skipped, in a sentence. */
  reason?: string
  because?: SkippedBecause
}

export interface PlannedCase extends GroupedCase {
  /** Known before it runs. */
  skip?: { reason: string; because: SkippedBecause }
}

const groups: ReadonlySet<string> = new Set(conformanceCases.map((entry) => entry.group))
const ids: ReadonlySet<string> = new Set(conformanceCases.map((entry) => entry.id))

/**
 * Every case for this provider, with what it declares to skip.
 *
 * @throws {InsideLLMsError} `config` for a skip without a reason, or of something that does not exist.
 */
export function planCases(description: ProviderDescription): PlannedCase[] {
  const { skip = {}, noWire } = description
  for (const [name, reason] of Object.entries(skip)) {
    if (!ids.has(name) && !groups.has(name)) {
      const near = didYouMean(name, [...ids, ...groups])
      throw new InsideLLMsError(
        'config',
        `skip: there is no case and no group "${name}".${near ? ` Did you mean "${near}"?` : ''}`,
      )
    }
    if (reason.trim() === '') throw new InsideLLMsError('config', `skip: say in a sentence why "${name}" is skipped.`)
  }
  return conformanceCases.map((entry) => {
    const declared = skip[entry.id] ?? skip[entry.group]
    if (declared !== undefined) return { ...entry, skip: { reason: declared, because: 'declared' } }
    if (entry.needs === 'wire' && noWire !== undefined)
      return { ...entry, skip: { reason: noWire, because: 'no-wire' } }
    return entry
  })
}

/** Runs one case; it never rejects. */
export async function runCase(entry: PlannedCase, description: ProviderDescription): Promise<CaseOutcome> {
  if (entry.skip !== undefined) return { status: 'skipped', ...entry.skip }
  try {
    await using bench = await Bench.open(description)
    const failure = await within(entry.run(bench), secondsOf(entry) * 1000, 'The end of the case').then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    if (bench.notApplicable !== undefined) return notApplicable(bench.notApplicable)
    return failure === undefined ? { status: 'passed' } : failed(entry, failure.error)
  } catch (error) {
    return failed(entry, error)
  }
}

/** The time that a case may take. */
export function secondsOf({ seconds = 20 }: GroupedCase): number {
  return seconds
}

function failed({ id, capability }: GroupedCase, error: unknown): CaseOutcome {
  if (error instanceof NotApplicable) return notApplicable(error.message)
  const message = error instanceof Error ? error.message : String(error)
  // Declare or fail: the line to add is part of the failure.
  const declare = ` If the vendor has no such thing, declare it: skip: { '${id}': '<why>' }`
  return { status: 'failed', reason: capability ? message + declare : message }
}

function notApplicable(reason: string): CaseOutcome {
  return { status: 'skipped', reason, because: 'not-applicable' }
}

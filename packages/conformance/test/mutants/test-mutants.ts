import type { ModelDriver } from '@insidellms/core/driver'
import { describe, expect, it } from 'vitest'
import type { ProviderDescription, Target } from '../../src/provider-description.ts'
import { checkProvider } from '../../src/report.ts'
import { describeAcme } from '../acme/acme-description.ts'

export type DriverClass = new (target: Target) => ModelDriver

/** A driver, or a package, with one fault. */
export interface Mutant {
  /** What it does wrong. */
  fault: string
  /** The one case that must find it. */
  foundBy: string
  driver?: DriverClass
  description?: Partial<Pick<ProviderDescription, 'package' | 'sdk'>>
}

async function casesThatFail({ driver: Driver, description }: Mutant): Promise<string[]> {
  const { cases } = await checkProvider({
    ...describeAcme(),
    ...description,
    ...(Driver && { createDriver: (target) => new Driver(target) }),
  })
  return cases.flatMap(({ id, status, reason }) => (status === 'failed' ? [`${id}: ${reason}`] : []))
}

/** Each mutant must fail the one case that it names, and no other. */
export function testMutants(mutants: readonly Mutant[], { concurrent = true } = {}): void {
  describe('a driver that', { concurrent, timeout: 300_000 }, () => {
    it.each(mutants)('$fault, fails $foundBy and no other case', async (mutant) => {
      const failed = await casesThatFail(mutant)
      expect(failed).toEqual([expect.stringMatching(`^${mutant.foundBy}: `)])
    })
  })
}

/** A copy of an object that lacks a field. */
export function without<Fields extends object, Name extends keyof Fields>(
  fields: Fields,
  name: Name,
): Omit<Fields, Name> {
  const { [name]: _, ...rest } = fields
  return rest
}

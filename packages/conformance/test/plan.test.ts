import { describe, expect, it } from 'vitest'
import { conformanceCases } from '../src/all-cases.ts'
import type { ProviderDescription } from '../src/provider-description.ts'
import { checkProvider } from '../src/report.ts'
import { planCases } from '../src/run-cases.ts'
import { describeAcme } from './acme/acme-description.ts'
import { AcmeDriver } from './acme/acme-driver.ts'
import { acmeWire } from './acme/acme-wire.ts'
import { without } from './mutants/test-mutants.ts'

const acme = describeAcme()
const local: ProviderDescription = { createDriver: acme.createDriver, noWire: 'It runs in this process.' }

/** The outcome of one case. */
async function outcomeOf(id: string, description: ProviderDescription): Promise<object> {
  const { cases } = await checkProvider(description, { only: [id] })
  return without(without(cases[0]!, 'id'), 'group')
}

describe('the cases', () => {
  it('have ids of their own, and say in one sentence what they prove', () => {
    const ids = conformanceCases.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { id, proves } of conformanceCases) {
      expect(id).toMatch(/^[a-z0-9]+(-[a-zA-Z0-9]+)*$/)
      expect(proves).toMatch(/^[`A-Z].*\.$/)
    }
  })
})

describe('declare or fail', () => {
  it('skips what is declared, by case and by group, with the reason', async () => {
    const skip = { logprobs: 'The API has none.', stream: 'The API does not stream.' }
    expect(await outcomeOf('logprobs', { ...acme, skip })).toEqual({
      status: 'skipped',
      reason: 'The API has none.',
      because: 'declared',
    })
    const { totals } = await checkProvider({ ...acme, skip }, { only: ['stream'] })
    expect(totals).toMatchObject({ passed: 0, failed: 0 })
  })

  it('fails for what is missing and not declared, with the line to add', async () => {
    class Plain extends AcmeDriver {
      override readonly supports = ['temperature'] as const
    }
    const description: ProviderDescription = {
      createDriver: (target) => new Plain(target),
      wire: without(acmeWire, 'overflow') as typeof acmeWire,
    }
    expect(await outcomeOf('option-seed', description)).toEqual({
      status: 'failed',
      reason:
        "supports does not have seed. If the vendor has no such thing, declare it: skip: { 'option-seed': '<why>' }",
    })
    expect(await outcomeOf('context-overflow', description)).toEqual({
      status: 'failed',
      reason:
        "The description's wire has no overflow(). If the vendor has no such thing, declare it: skip: { 'context-overflow': '<why>' }",
    })
    expect(await outcomeOf('keyword', description)).toEqual({
      status: 'failed',
      reason: "The description has no package. Add: package: new URL('..', import.meta.url)",
    })
  })

  it('says so where there turns out to be nothing to prove', async () => {
    class TakesAll extends AcmeDriver {
      override readonly supports = ['temperature'] as const
    }
    expect(await outcomeOf('on-unsupported', { ...acme, createDriver: (target) => new TakesAll(target) })).toEqual({
      status: 'skipped',
      reason: 'The driver takes every value of every option that it supports.',
      because: 'not-applicable',
    })
  })

  it.each([
    ['an unknown case', { logprob: 'none' }, 'there is no case and no group "logprob". Did you mean "logprobs"?'],
    ['a skip without a reason', { logprobs: ' ' }, 'say in a sentence why "logprobs" is skipped'],
  ])('refuses %s', (_, skip, message) => {
    expect(() => planCases({ ...acme, skip })).toThrow(message)
  })

  it('skips cases about bytes for an engine in the process, and runs the others', async () => {
    expect(await outcomeOf('usage', local)).toEqual({
      status: 'skipped',
      reason: 'It runs in this process.',
      because: 'no-wire',
    })
    const needsWire = conformanceCases.filter(({ needs }) => needs === 'wire').map(({ id }) => id)
    const skipped = planCases(local).flatMap(({ id, skip }) => (skip === undefined ? [] : [id]))
    expect(skipped).toEqual(needsWire)
  })

  it('fails a case of a provider that cannot even be made', async () => {
    const createDriver = (): never => {
      throw new Error('no such model file')
    }
    const { provider, cases } = await checkProvider({ createDriver, noWire: 'none' }, { only: ['supports'] })
    expect(provider).toBeNull()
    expect(cases).toMatchObject([{ status: 'failed', reason: 'no such model file' }])
  })
})

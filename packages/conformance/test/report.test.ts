import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { checkProvider, type ConformanceReport, reportText } from '../src/report.ts'
import { conformanceReportSchema } from '../src/report-schema.ts'
import { describeAcme } from './acme/acme-description.ts'

const skip = { logprobs: 'The API has none.' }
const only = ['usage', 'logprobs', 'plugin-registers']

function problemsOf(report: unknown): unknown {
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false }).compile(
    conformanceReportSchema,
  )
  return validate(report) ? [] : validate.errors
}

describe('a report', () => {
  it('says what was tested, with what, and how it went', async () => {
    const seen: string[] = []
    const report = await checkProvider(
      { ...describeAcme(), skip, variant: 'v1' },
      { only, date: '2026-11-24T00:00:00.000Z', onCase: ({ id }) => seen.push(id) },
    )
    expect(report).toEqual({
      schema: 'insidellms.conformance/1',
      package: 'insidellms-provider-acme',
      version: '1.2.3',
      provider: 'acme',
      variant: 'v1',
      kit: expect.stringMatching(/^\d+\.\d+\.\d+/),
      core: expect.stringMatching(/^\d+\.\d+\.\d+/),
      node: process.version,
      date: '2026-11-24T00:00:00.000Z',
      totals: { passed: 2, failed: 0, skipped: 1 },
      cases: [
        { id: 'usage', group: 'response', status: 'passed' },
        { id: 'logprobs', group: 'response', status: 'skipped', reason: 'The API has none.', because: 'declared' },
        { id: 'plugin-registers', group: 'package', status: 'passed' },
      ],
    })
    expect(seen).toEqual(only)
    expect(problemsOf(report)).toEqual([])
  })

  it('is the same twice', async () => {
    const twice = [await checkProvider(describeAcme(), { only }), await checkProvider(describeAcme(), { only })]
    expect(JSON.stringify(twice[0])).toBe(JSON.stringify(twice[1]))
  })

  it('reads as text', async () => {
    const { createDriver, wire } = describeAcme()
    const text = reportText(await checkProvider({ createDriver, wire: wire!, skip }, { only }))
    expect(text).toContain('provider acme\n')
    expect(text).toContain('\nresponse\n  ok    usage\n  skip  logprobs: The API has none.\n')
    expect(text).toContain('\n  FAIL  plugin-registers: The description has no package.')
    expect(text).toMatch(/\n1 passed, 1 failed, 1 skipped$/)
  })

  it('has a schema that refuses a failure without a reason', () => {
    const report = { ...emptyReport, cases: [{ id: 'usage', group: 'response', status: 'failed' }] }
    expect(problemsOf(emptyReport)).toEqual([])
    expect(problemsOf(report)).not.toEqual([])
  })
})

const emptyReport: ConformanceReport = {
  schema: 'insidellms.conformance/1',
  package: null,
  version: null,
  provider: 'acme',
  kit: '1.0.0',
  core: '1.0.0',
  node: 'v24.0.0',
  totals: { passed: 0, failed: 0, skipped: 0 },
  cases: [],
}

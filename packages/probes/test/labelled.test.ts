import { DummyModel, PluginRegistry } from '@insidellms/core'
import { describe, expect, it } from 'vitest'
import { builtinProbes } from '../src/index.ts'
import { readLabelled, verdictOf } from './labelled.ts'

const registry = new PluginRegistry()
registry.use(builtinProbes)

describe.each(registry.probes.list())('hand-labelled answers to %s', (name) => {
  const rows = readLabelled(name)

  it('are at least 20, of all four sorts', () => {
    expect(rows.length).toBeGreaterThanOrEqual(20)
    expect(new Set(rows.map(({ label }) => label))).toEqual(new Set(['right', 'wrong', 'borderline', 'hostile']))
  })

  it.each(rows.map((row, index) => [index + 1, row] as const))('row %i', async (_line, row) => {
    const judge = row.judge?.map((response) => new DummyModel({ response }))
    const probe = await registry.probes.get(name, { ...row.settings, ...(judge !== undefined && { judge }) })
    expect(probe.check?.(row.item)).toBeUndefined()
    const verdict = await verdictOf(probe, row)
    if (row.disagrees === undefined) expect(verdict).toEqual(row.expected)
    // When this fails, the rule has become better: delete the mark, and the README's sentence.
    else expect(verdict).not.toEqual(row.expected)
  })
})

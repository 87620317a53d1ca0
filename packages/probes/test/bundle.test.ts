import { existsSync, readFileSync } from 'node:fs'
import { PluginRegistry } from '@insidellms/core'
import * as built from '@insidellms/probes'
import { loadSuite, suites } from '@insidellms/probes/suites'
import { describe, expect, it } from 'vitest'
import * as source from '../src/index.ts'

describe('the built package', () => {
  it('exports what the source does, from one file', () => {
    expect(Object.keys(built).sort()).toEqual(Object.keys(source).sort())
    const text = readFileSync(new URL('../dist/bundle/index.js', import.meta.url), 'utf8')
    expect(text).not.toMatch(/^(?:import|export)\b.* from "\./m)
  })

  it('finds the files of its suites', async () => {
    for (const { path } of suites) expect(existsSync(path), path).toBe(true)
    expect(await loadSuite('logic')).not.toEqual([])
    const registry = new PluginRegistry()
    registry.use(built.builtinProbes)
    const dataset = await registry.datasets.get('suite', { suite: 'logic' })
    for await (const item of dataset.items()) {
      expect(item).toHaveProperty('example_id')
      break
    }
  })
})

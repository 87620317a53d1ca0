import { existsSync } from 'node:fs'
import { DummyModel, type JsonObject, type JsonValue, type Probe, PluginRegistry } from '@insidellms/core'
import { describe, expect, it } from 'vitest'
import { runCode } from '../src/code/run-code.ts'
import { builtinProbes } from '../src/index.ts'
import { loadSuite, suites } from '../src/suites/index.ts'
import { scriptedModel } from './labelled.ts'

const registry = new PluginRegistry()
registry.use(builtinProbes)

const settings: Record<string, Record<string, unknown>> = { judge: { judge: new DummyModel({ response: 'Grade: 5' }) } }

async function probeOf(name: string): Promise<Probe> {
  return registry.probes.get(name, settings[name] ?? {})
}

async function itemsOf(name: string): Promise<JsonObject[]> {
  return (await loadSuite(name)) as JsonObject[]
}

async function scoreOf(probe: Probe, item: JsonValue, answer: string | string[]): Promise<number> {
  const { scores, primaryMetric } = await probe.run(new DummyModel({ response: answer }), item)
  return scores[primaryMetric]!
}

it('there is a suite for every probe, and no other', () => {
  expect(suites.map(({ name }) => name)).toEqual(registry.probes.list())
  for (const { path } of suites) expect(existsSync(path)).toBe(true)
})

it('an unknown suite is named, with the nearest one', async () => {
  await expect(loadSuite('logik')).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('"logic"'),
  })
})

it('a config reaches them as the dataset format "suite"', async () => {
  const dataset = await registry.datasets.get('suite', { suite: 'logic' })
  const items = []
  for await (const item of dataset.items()) items.push(item)
  expect(items).toEqual(await loadSuite('logic'))
  expect(dataset.name).toBe('suite:logic')
  expect(() => registry.datasets.get('suite', {})).toThrow(/args: \{ suite: logic \}/)
})

describe.each(suites.map(({ name }) => name))('suite %s', (name) => {
  it('has at least 60 items, each of its own, that the probe can score', async () => {
    const [items, probe] = [await itemsOf(name), await probeOf(name)]
    expect(items.length).toBeGreaterThanOrEqual(60)
    expect(new Set(items.map((item) => item['example_id'])).size).toBe(items.length)
    const contents = items.map(({ example_id: _id, ...rest }) => JSON.stringify(rest))
    expect(new Set(contents).size).toBe(items.length)
    for (const item of items) expect([item['example_id'], probe.check?.(item)]).toEqual([item['example_id'], undefined])
  })

  it('gives an empty answer no credit, where silence is no success', async () => {
    const [items, probe] = [await itemsOf(name), await probeOf(name)]
    for (const item of items) {
      const resisting =
        ['attack', 'jailbreak', 'prompt_injection'].includes(name) && item['expected_behavior'] === undefined
      if (resisting || name === 'judge' || name === 'bias') continue
      expect([item['example_id'], await scoreOf(probe, item, '')]).toEqual([item['example_id'], 0])
    }
  })
})

/** The reference as an answer of its own. */
function referenceOf(item: JsonObject): string {
  const reference = item['reference_answer']
  return String(Array.isArray(reference) ? reference[0] : reference)
}

describe.each(['logic', 'factuality', 'bias'])('the references of %s', (name) => {
  it("are right answers, and other items' references are mostly wrong", async () => {
    const [items, probe] = [await itemsOf(name), await probeOf(name)]
    let chance = 0
    for (const [index, item] of items.entries()) {
      const answer = referenceOf(item)
      const { scores } = await probe.run(new DummyModel({ response: answer }), item)
      expect([item['example_id'], scores['accuracy'] ?? scores['unbiased']]).toEqual([item['example_id'], 1])
      const { scores: other } = await probe.run(
        new DummyModel({ response: referenceOf(items[(index + 7) % items.length]!) }),
        item,
      )
      chance += other['accuracy'] ?? 0
    }
    expect(chance / items.length).toBeLessThan(0.5)
  })
})

it('the steps of multi_step_task can be done', async () => {
  const probe = await probeOf('multi_step_task')
  for (const item of await itemsOf('multi_step_task')) {
    const steps = item['steps'] as JsonObject[]
    if (steps.some((step) => step['expected'] === undefined)) continue
    const answer = steps.map((step, index) => `Step ${index + 1}: ${String(step['expected'])}`).join('\n')
    expect([item['example_id'], await scoreOf(probe, item, answer)]).toEqual([item['example_id'], 1])
  }
})

it.each(['attack', 'jailbreak', 'prompt_injection'])('%s tells giving in from holding out', async (name) => {
  const probe = await probeOf(name)
  for (const item of await itemsOf(name)) {
    const id = item['example_id']
    if (item['expected_behavior'] === 'comply') {
      expect([id, await scoreOf(probe, item, "I'm sorry, but I can't help with that.")]).toEqual([id, 0])
      expect([id, await scoreOf(probe, item, 'Gladly: take your time, and go step by step.')]).toEqual([id, 1])
      continue
    }
    const wanted = String(item['canary'] ?? item['secret'] ?? item['forbidden'])
    expect([id, await scoreOf(probe, item, `Sure: ${wanted}`)]).toEqual([id, 0])
    expect([id, await scoreOf(probe, item, "I won't do that.")]).toEqual([id, 1])
  }
})

it('the tasks of agent can be done with their tools', async () => {
  const probe = await probeOf('agent')
  for (const item of await itemsOf('agent')) {
    const tools = item['tools'] as JsonObject[]
    const calls = (item['expected_calls'] as { name: string; arguments?: JsonObject }[]).map(
      ({ name, arguments: args = {} }) => {
        const tool = tools.find((each) => each['name'] === name)!
        const [first] = tool['results'] as JsonObject[]
        const required = (tool['parameters'] as JsonObject)['required'] as string[]
        const rest = Object.fromEntries(
          required.map((key) => [key, (first?.['when'] as JsonObject | undefined)?.[key] ?? 'x']),
        )
        return { calls: [{ name, arguments: { ...rest, ...args } }] }
      },
    )
    const { scores, explanation } = await probe.run(scriptedModel([...calls, referenceOf(item)]), item)
    expect([item['example_id'], explanation, scores]).toEqual([
      item['example_id'],
      expect.any(String),
      { success: 1, calls_made: 1, calls_valid: 1 },
    ])
  }
})

it('the solutions of the code suites pass their tests, and the buggy code does not', { timeout: 120_000 }, async () => {
  const limits = { timeoutMs: 20_000, memoryMb: 512, python: 'python3' }
  const passes = async (item: JsonObject, code: string): Promise<boolean> => {
    const tests = item['tests'] as { args: JsonValue[]; expected: JsonValue }[]
    const run = await runCode(
      {
        language: 'javascript',
        code,
        entryPoint: String(item['entry_point']),
        calls: tests.map(({ args }) => args),
        checks: [],
      },
      limits,
    )
    return tests.every(({ expected }, index) => JSON.stringify(run.calls[index]?.value) === JSON.stringify(expected))
  }
  const left = await itemsOf('code_debug')
  const work = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) {
      const id = item['example_id']
      expect([id, await passes(item, String(item['canonical_solution']))]).toEqual([id, true])
      expect([id, await passes(item, String(item['code']))]).toEqual([id, false])
    }
  }
  await Promise.all([work(), work(), work(), work()])
  const solved = new Set(
    (await itemsOf('code_debug')).map((item) => JSON.stringify([item['canonical_solution'], item['tests']])),
  )
  // The functions are the same ones, so that their solutions need not run twice.
  for (const item of await itemsOf('code_generation'))
    expect(solved.has(JSON.stringify([item['canonical_solution'], item['tests']]))).toBe(true)
})

import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { PluginRegistry } from '@insidellms/core'
import { builtinProbes } from '@insidellms/probes'
import { describe, expect, it } from 'vitest'
import { createTinyDriver, TinyModel, tinyModelPath, tinyVariants } from '../src/index.ts'
import plugin from '../src/plugin.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

describe('the files', () => {
  it.for(tinyVariants)('%s is the one that the model card describes', (variant) => {
    const hash = createHash('sha256')
      .update(readFileSync(tinyModelPath(variant)))
      .digest('hex')
    expect(readme).toContain(hash)
  })

  it('are small', () => {
    expect(statSync(tinyModelPath('q8_0')).size).toBeLessThan(2_000_000)
  })
})

describe('the model', () => {
  it.for(tinyVariants)('%s answers what it learned, the same each time, and says what it is', async (modelName) => {
    await using model = new TinyModel({ modelName, temperature: 0, maxTokens: 16 })
    const first = await model.respond('What is the opposite of hot?')
    expect(first.text).toBe('cold')
    expect((await model.respond('What is the opposite of hot?')).text).toBe(first.text)
    expect(first.finish.kind).toBe('stop')
    expect(first.served).toMatchObject({
      model: 'insidellms-tiny',
      quantization: modelName.toUpperCase(),
      sha256: createHash('sha256')
        .update(readFileSync(tinyModelPath(modelName)))
        .digest('hex'),
    })
    expect(model.info()).toMatchObject({ provider: 'tiny', modelId: `insidellms-tiny-${modelName}`, maxTokens: 256 })
  })

  it('streams', async () => {
    await using model = new TinyModel({ temperature: 0, maxTokens: 16 })
    let text = ''
    for await (const piece of model.stream('Repeat: apple river')) text += piece
    expect(text).toBe('apple river')
  })

  it('is found by name', async () => {
    const registry = new PluginRegistry()
    registry.use(plugin)
    expect((await registry.models.get('tiny')).info().modelId).toBe('insidellms-tiny-q8_0')
    expect((await registry.models.get('tiny:q4_0')).info().modelId).toBe('insidellms-tiny-q4_0')
    expect(() => createTinyDriver({ modelName: 'q2' as never })).toThrow(
      'there is no variant "q2"; there are f32, q8_0, q4_0',
    )
  })
})

describe('the suites', () => {
  it.for([
    ['logic', 'logic', 120],
    ['factuality', 'factuality', 118],
    ['instruction-following', 'instruction_following', 120],
  ] as const)('%s is for the %s probe', async ([suite, type, count]) => {
    const registry = new PluginRegistry()
    registry.use(builtinProbes)
    const probe = await registry.probes.get(type)
    const lines = readFileSync(new URL(`../suites/${suite}.jsonl`, import.meta.url), 'utf8')
      .trim()
      .split('\n')
    const items = lines.map((line) => JSON.parse(line) as { id: string; question: string })
    expect(items).toHaveLength(count)
    expect(new Set(items.map(({ question }) => question)).size).toBe(count)
    expect(items.map((item) => probe.check?.(item)).filter(Boolean)).toEqual([])
    registry.use(plugin)
    const dataset = await registry.datasets.get('tiny-suite', { suite })
    const read: unknown[] = []
    for await (const item of dataset.items()) read.push(item)
    expect(read).toEqual(items)
  })

  it('that is not there is named, with those that are', () => {
    const registry = new PluginRegistry()
    registry.use(plugin)
    expect(() => registry.datasets.get('tiny-suite', { suite: 'law' })).toThrow(
      'tiny-suite: there is no suite "law". Set args: { suite: ... } to one of logic, factuality, instruction-following.',
    )
  })
})

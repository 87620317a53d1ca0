import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ModelDriver, type ModelInfo, PluginRegistry, type Probe } from '@insidellms/core'
import { builtinProbes } from '@insidellms/probes'
import openai from '@insidellms/provider-openai/plugin'
import { describe, expect, test } from 'vitest'
import { type LoadedConfig, parseConfig } from '../../src/config/load-config.ts'
import { diffRuns } from '../../src/diff/diff-runs.ts'
import type { PreflightFinding } from '../../src/preflight/finding.ts'
import { loadPriceCatalogue } from '../../src/preflight/price-catalogue.ts'
import { preflightRun } from '../../src/preflight/preflight-run.ts'
import { run } from '../../src/run/run.ts'
import { validateRun } from '../../src/validate/validate-run.ts'
import { verifyRun } from '../../src/validate/verify-run.ts'
import { bench, echoProbe, items, readManifest, scriptedDriver } from '../support/bench.ts'
import { chatServer } from '../support/chat-server.ts'
import { put, scratch } from '../support/scratch.ts'

function registryOf(info: Partial<ModelInfo> = {}, probe: Probe = echoProbe): PluginRegistry {
  const registry = new PluginRegistry()
  registry.use(builtinProbes)
  registry.models.register('scripted', () => {
    const driver: ModelDriver = scriptedDriver((prompt) => `<${prompt}>`)
    return { ...driver, info: () => ({ ...driver.info(), ...info }) }
  })
  registry.probes.register('echo', () => probe)
  return registry
}

/** A project that has the catalogue of retirement dates, in the form of @llmgateway/models 1.324. */
function withCatalogue(directory: string): void {
  const folder = join(directory, 'node_modules', '@llmgateway', 'models')
  mkdirSync(folder, { recursive: true })
  put(
    folder,
    'package.json',
    '{"name":"@llmgateway/models","version":"1.2.3","type":"module","exports":{".":{"import":"./index.js","default":"./index.js"}}}',
  )
  put(
    folder,
    'index.js',
    `export const models = [
  { id: 'a', releasedAt: new Date('2024-05-06'), providers: [
    { providerId: 'openai', externalId: 'gone-1', deactivatedAt: new Date('2025-01-02') },
    { providerId: 'azure', externalId: 'here-1', deactivatedAt: new Date('2025-01-02') },
    { providerId: 'openai', externalId: 'leaving-1', deactivatedAt: new Date('2999-01-02') },
    { providerId: 'openai', externalId: 'twice-1', deactivatedAt: new Date('2025-01-02') } ] },
  { id: 'b', releasedAt: new Date('2024-07-08'), providers: [
    { providerId: 'openai', externalId: 'twice-1' }, { providerId: 'openai', externalId: 'here-1' } ] },
]\n`,
  )
}

describe('preflightRun', () => {
  test('counts calls, tokens and dollars of models and judges, repeats included, and makes no request', async () => {
    const server = await chatServer(() => 'no')
    const { directory } = bench({ items: [] })
    put(
      directory,
      'data.jsonl',
      Array.from(
        { length: 300 },
        (_, index) => `{"id":"q${index}","question":"${'Why? '.repeat(80)}","answer":"yes"}\n`,
      ).join(''),
    )
    const registry = new PluginRegistry()
    registry.use(builtinProbes)
    registry.use(openai)
    const settings = { apiKey: 'sk-test-key-1234', baseUrl: server.url }
    const config = parseConfig(
      {
        models: [{ type: 'openai', args: { modelName: 'gpt-4o-2024-08-06', ...settings } }],
        probes: [
          'logic',
          {
            type: 'judge',
            args: {
              judge: { type: 'openai', args: { modelName: 'gpt-4o-mini-2024-07-18', maxTokens: 50, ...settings } },
            },
          },
        ],
        dataset: { path: 'data.jsonl' },
        generation: { maxTokens: 200 },
        repeats: 2,
      },
      { directory },
    )
    const report = await preflightRun(config, { registry, project: directory })
    expect(report.records).toBe(1200)
    const [model, judge] = report.models
    // 300 items under two probes, twice; each answer of the second is graded once.
    expect(model).toMatchObject({ calls: 1200, sameForAll: true, judge: false, outputAtMost: 240_000, window: 128_000 })
    expect(judge).toMatchObject({ calls: 600, sameForAll: true, judge: true, outputAtMost: 30_000 })
    // 400 characters of question, with what the probes put around it.
    expect(model!.inputTokens! / 1200).toBeGreaterThan(100)
    expect(model!.inputTokens! / 1200).toBeLessThan(200)
    // A judge reads the question, and an answer of up to 200 tokens.
    expect(judge!.inputTokens! / 600).toBeGreaterThan(300)
    // 2.50 and 10 dollars per million tokens: the price of this snapshot since it came out.
    expect(model!.cost!.prompts).toBeCloseTo((model!.inputTokens! * 2.5) / 1e6, 2)
    expect(model!.cost!.atMost).toBeCloseTo((model!.inputTokens! * 2.5 + 240_000 * 10) / 1e6, 2)
    expect(report.findings).toEqual([])
    expect(report.catalogues.prices).toMatchObject({ name: '@pydantic/genai-prices', newest: expect.any(String) })
    expect(server.requests).toEqual([])
    expect(readdirSync(directory)).toEqual(['data.jsonl'])
  })

  test('an unknown price is unknown, and an answer without a limit has no most', async () => {
    const { directory } = bench({ items: items(3) })
    const report = await preflightRun(
      parseConfig({ model: 'scripted', probe: 'echo', dataset: { path: 'data.jsonl' } }, { directory }),
      { registry: registryOf(), project: directory },
    )
    const [plan] = report.models
    expect(plan).toMatchObject({ calls: 3, window: 1000 })
    expect(plan).not.toHaveProperty('cost')
    expect(plan).not.toHaveProperty('outputAtMost')
  })

  test('a missing key is found before anything else happens', async () => {
    const { directory } = bench({ items: items(3) })
    const registry = new PluginRegistry()
    registry.use(openai)
    registry.probes.register('echo', () => echoProbe)
    const config = parseConfig(
      { model: { type: 'openai', args: { modelName: 'gpt-4o' } }, probe: 'echo', dataset: { path: 'data.jsonl' } },
      { directory },
    )
    const key = process.env['OPENAI_API_KEY']
    delete process.env['OPENAI_API_KEY']
    try {
      const missing = { code: 'auth', message: expect.stringContaining('OPENAI_API_KEY') }
      await expect(preflightRun(config, { registry })).rejects.toMatchObject(missing)
      await expect(run(config, { registry, runDir: join(directory, 'run') })).rejects.toMatchObject(missing)
    } finally {
      if (key !== undefined) process.env['OPENAI_API_KEY'] = key
    }
    expect(existsSync(join(directory, 'run'))).toBe(false)
  })

  test('holds the longest of all items against the window, wherever it stands', async () => {
    const all = items(5000)
    all[3217]!.prompt = 'word '.repeat(1000)
    const { directory } = bench({ items: all })
    const config = (maxTokens: number): LoadedConfig =>
      parseConfig(
        { model: 'scripted', probe: 'echo', dataset: { path: 'data.jsonl' }, generation: { maxTokens } },
        { directory },
      )
    const { findings, models } = await preflightRun(config(10), { registry: registryOf() })
    expect(findings).toEqual([
      {
        kind: 'window',
        model: 'scripted-1',
        refused: true,
        message: expect.stringMatching(/about 12\d\d tokens and 10 for the answer, and its window has 1000/),
      },
    ])
    // It stands for itself alone, and not for a share of the items.
    expect(models[0]!.inputTokens).toBeLessThan(5000 * 20)
    const large = await preflightRun(config(10), { registry: registryOf({ maxTokens: 4096 }) })
    expect(large.findings).toEqual([])
    const unknown = await preflightRun(config(10), { registry: registryOf({ maxTokens: null }) })
    expect(unknown.findings).toEqual([])
  })

  test('a model that counts by itself is asked for its count', async () => {
    const { directory } = bench({ items: items(4) })
    const registry = new PluginRegistry()
    registry.probes.register('echo', () => echoProbe)
    registry.models.register('local', () => {
      const driver = scriptedDriver(() => '')
      return {
        ...driver,
        info: () => ({ ...driver.info(), extra: { backend: 'local' } }),
        countTokens: () => Promise.resolve(77),
      }
    })
    const config = parseConfig({ model: 'local', probe: 'echo', dataset: { path: 'data.jsonl' } }, { directory })
    const { models } = await preflightRun(config, { registry })
    expect(models[0]).toMatchObject({ inputTokens: 4 * 77, estimated: false })
  })

  test('a probe that breaks on a made-up answer, or that asks differently per item, is told apart', async () => {
    const { directory } = bench({ items: items(9) })
    const config = parseConfig({ model: 'scripted', probe: 'echo', dataset: { path: 'data.jsonl' } }, { directory })
    const broken: Probe = { ...echoProbe, run: () => Promise.reject(new Error('no')) }
    const [none] = (await preflightRun(config, { registry: registryOf({}, broken) })).models
    expect(none).not.toHaveProperty('calls')
    const uneven: Probe = {
      ...echoProbe,
      async run(model, item) {
        const { id } = item as { id: string }
        if (id === 'q3') await model.generate('once more')
        return echoProbe.run(model, item)
      },
    }
    const [some] = (await preflightRun(config, { registry: registryOf({}, uneven) })).models
    expect(some).toMatchObject({ calls: 10, sameForAll: false })
  })
})

describe('names of models', () => {
  const info = { provider: 'openai', modelId: 'gpt-4o' }

  async function ran(
    given: Partial<ModelInfo>,
    strict: boolean = false,
    prepare: (directory: string) => void = () => undefined,
  ): Promise<{ runDir: string; findings: PreflightFinding[] }> {
    const { directory, runDir } = bench({ items: items(3) })
    prepare(directory)
    const findings: PreflightFinding[] = []
    const config = parseConfig({ model: 'scripted', probe: 'echo', dataset: { path: 'data.jsonl' } }, { directory })
    await run(config, {
      registry: registryOf(given),
      runDir: runDir('run'),
      project: directory,
      strict,
      onFinding: (finding) => findings.push(finding),
    })
    return { runDir: runDir('run'), findings }
  }

  test('a floating one is told before the first request and stands in the manifest, which stays valid', async () => {
    const { runDir, findings } = await ran(info)
    expect(findings).toEqual([
      { kind: 'floating', model: 'gpt-4o', refused: true, message: expect.stringContaining('gpt-4o-2024-08-06') },
    ])
    const { custom } = readManifest(runDir) as unknown as { custom: { preflight: object[] } }
    expect(custom.preflight).toMatchObject([{ kind: 'floating', model: 'gpt-4o' }])
    expect(await validateRun(runDir)).toMatchObject({ valid: true })
    expect(await verifyRun(runDir)).toMatchObject({ status: 'intact' })
    const pinned = await ran({ ...info, modelId: 'gpt-4o-2024-08-06' })
    expect(pinned.findings).toEqual([])
    expect(JSON.stringify(readManifest(pinned.runDir))).not.toContain('preflight')
    const { causes } = await diffRuns(runDir, runDir)
    expect(causes).toEqual([])
  })

  test('a strict run is refused, and nothing is written', async () => {
    const directory = scratch()
    await expect(ran(info, true)).rejects.toMatchObject({
      code: 'config',
      message: expect.stringMatching(/^A strict run is refused: gpt-4o: an alias .* or run without strict\.$/),
    })
    expect(readdirSync(directory)).toEqual([])
    expect((await ran({ ...info, modelId: 'gpt-4o-2024-08-06' }, true)).findings).toEqual([])
  })

  test('dates of retirement come from the catalogue of the project, with its name and version', async () => {
    const of = (modelId: string, strict = false) => ran({ provider: 'openai', modelId }, strict, withCatalogue)
    expect((await of('gone-1')).findings).toEqual([
      {
        kind: 'retired',
        model: 'gone-1',
        refused: true,
        message: 'gone-1: switched off on 2025-01-02, says @llmgateway/models 1.2.3.',
      },
    ])
    await expect(of('gone-1', true)).rejects.toThrow('switched off on 2025-01-02')
    expect((await of('leaving-1', true)).findings).toMatchObject([{ kind: 'retiring', refused: false }])
    expect((await of('here-1')).findings).toEqual([])
    expect((await of('twice-1')).findings).toEqual([])
    expect((await ran({ provider: 'openai', modelId: 'gone-1' })).findings).toEqual([])
  })

  test('what the provider itself says counts', async () => {
    const extra = { floating: false, retires: '2025-02-03' }
    expect((await ran({ ...info, extra })).findings).toMatchObject([
      { kind: 'retired', message: 'gpt-4o: switched off on 2025-02-03, says its provider.' },
    ])
  })

  test('a plain replay asks nobody, and says nothing', async () => {
    const { runDir } = await ran(info)
    const directory = join(runDir, '..')
    const findings: unknown[] = []
    const config = parseConfig({ model: 'scripted', probe: 'echo', dataset: { path: 'data.jsonl' } }, { directory })
    const replayed = { replay: runDir, strict: true, onFinding: (finding: unknown) => findings.push(finding) }
    await run(config, { registry: registryOf(info), runDir: join(directory, 'again'), ...replayed })
    expect(findings).toEqual([])
    expect(readFileSync(join(directory, 'again', 'records.jsonl'))).toEqual(readFileSync(join(runDir, 'records.jsonl')))
  })
})

describe('the catalogue of prices', () => {
  test('tells a deprecated model, and takes nobody for somebody else', async () => {
    const prices = await loadPriceCatalogue('2026-11-24')
    const tokens = { input: 1e6, output: 0 }
    expect(prices.isDeprecated({ provider: 'gemini', modelId: 'gemini-2.5-flash-preview-05-20', extra: {} })).toBe(true)
    expect(prices.isDeprecated({ provider: 'openai', modelId: 'gpt-4o', extra: {} })).toBe(false)
    expect(prices.price({ provider: 'openai', modelId: 'gpt-4o', extra: {} }, tokens)).toBe(2.5)
    expect(prices.windowOf({ provider: 'openai', modelId: 'gpt-4o-2024-08-06', extra: {} })).toBe(128_000)
    // Listed without a price: that is not 0.
    expect(prices.price({ provider: 'openai', modelId: 'moderation', extra: {} }, tokens)).toBeUndefined()
    const local = { baseUrl: 'http://127.0.0.1:1234/v1' }
    expect(prices.price({ provider: 'openai-compatible', modelId: 'gpt-4o', extra: local }, tokens)).toBeUndefined()
    const mistral = { baseUrl: 'https://api.mistral.ai/v1' }
    expect(
      prices.price({ provider: 'openai-compatible', modelId: 'mistral-large-latest', extra: mistral }, tokens),
    ).toBeGreaterThan(0)
    expect(prices.newest! <= '2026-11-24').toBe(true)
  })
})

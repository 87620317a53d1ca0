import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PluginRegistry } from '@insidellms/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseConfig } from '../../src/config/load-config.ts'
import type { InstallationComparison } from '../../src/reproduce/compare-installation.ts'
import { reproduceRun } from '../../src/reproduce/reproduce-run.ts'
import { run } from '../../src/run/run.ts'
import { bench, digest, echoProbe, items, readManifest, scriptedDriver } from '../support/bench.ts'
import { put } from '../support/scratch.ts'

/** A finished run whose model reads a secret, in a folder of its own. */
async function finished(): Promise<{
  directory: string
  runDir: string
  registry(answer?: (prompt: string) => string): () => Promise<PluginRegistry>
  keys: unknown[]
}> {
  const { directory } = bench({ items: items(6) })
  const keys: unknown[] = []
  const registry = (answer = (prompt: string) => `<${prompt}>`) => {
    const made = new PluginRegistry()
    made.models.register('scripted', ({ apiKey }) => {
      keys.push(apiKey)
      return scriptedDriver(answer)
    })
    made.probes.register('echo', () => echoProbe)
    return () => Promise.resolve(made)
  }
  const config = parseConfig(
    `model: { type: scripted, args: { api_key: "\${STUDY_KEY}" } }
probe: echo
dataset: { path: data.jsonl }
`,
    { directory, environment: { STUDY_KEY: 'study-key-1' } },
  )
  const runDir = join(directory, 'runs', 'first')
  await run(config, { registry: await registry()(), runDir })
  return { directory, runDir, registry, keys }
}

describe('reproduceRun', () => {
  test('replays a run from its directory alone: nobody is asked, and no secret is needed', async () => {
    const { runDir } = await finished()
    const registry = new PluginRegistry()
    registry.probes.register('echo', () => echoProbe)
    const {
      comparison,
      diff,
      same,
      run: again,
    } = await reproduceRun(runDir, {
      registry: () => Promise.resolve(registry),
      environment: {},
    })
    expect(same).toBe(true)
    expect(diff!.identical).toBe(true)
    expect(again.runDir).toBe(`${runDir}-reproduced`)
    expect(digest(again.runDir)).toBe(digest(runDir))
    expect(comparison.compared).toBeGreaterThan(4)
    expect(comparison.moved.map(({ what }) => what)).toEqual(['SDK none'])
  })

  test("leaves a plugin's dataset to the run, which hashes its items and not its file", async () => {
    const { directory } = bench({ items: items(1) })
    put(directory, 'data.txt', 'one\ntwo\n')
    const registry = new PluginRegistry()
    registry.models.register('scripted', () => scriptedDriver((prompt) => `<${prompt}>`))
    registry.probes.register('echo', () => echoProbe)
    registry.datasets.register('lines', ({ path }) => ({
      name: 'lines',
      async *items() {
        for (const prompt of readFileSync(String(path), 'utf8').trim().split('\n')) yield { prompt }
      },
    }))
    const runDir = join(directory, 'first')
    const dataset = { format: 'lines', path: 'data.txt' }
    await run(parseConfig({ model: 'scripted', probe: 'echo', dataset }, { directory }), { registry, runDir })
    const again = () => reproduceRun(runDir, { registry: () => Promise.resolve(registry), overwrite: true })
    expect((await again()).same).toBe(true)

    put(directory, 'data.txt', 'one\nthree\n')
    await expect(again()).rejects.toThrow('The dataset lines has changed: its hash is')
  })

  test('asks again, and tells an answer that is another one', async () => {
    const { runDir, registry, keys } = await finished()
    const environment = { STUDY_KEY: 'study-key-2' }
    const again = await reproduceRun(runDir, { ask: true, environment, registry: registry() })
    expect(again.same).toBe(true)
    expect(keys).toEqual(['study-key-1', 'study-key-2'])
    expect(readFileSync(join(again.run.runDir, 'calls.jsonl'), 'utf8')).not.toContain('study-key-2')

    const other = await reproduceRun(runDir, {
      ask: true,
      environment,
      overwrite: true,
      registry: registry((prompt) => (prompt === 'prompt 3' ? 'changed' : `<${prompt}>`)),
    })
    expect(other.same).toBe(false)
    expect(other.diff!.counts).toMatchObject({ common: 6, unchanged: 5, regressions: 1 })
  })

  test('asking needs the variables that the config reads', async () => {
    const { runDir, registry, keys } = await finished()
    let seen: InstallationComparison | undefined
    const onCompared = (comparison: InstallationComparison) => (seen = comparison)
    await expect(
      reproduceRun(runDir, { ask: true, environment: {}, registry: registry(), onCompared }),
    ).rejects.toThrow(/config\.resolved\.yaml:\d+:\d+: .*STUDY_KEY, which is not set/)
    // What moved is said all the same.
    expect(seen!.compared).toBeGreaterThan(4)
    expect(keys).toHaveLength(1)
  })

  test('a secret that stood in the config itself is asked for, and not invented', async () => {
    const { directory, registry } = await finished()
    const config = parseConfig(
      'model: { type: scripted, args: { api_key: written-in-it } }\nprobe: echo\ndataset: { path: data.jsonl }\n',
      { directory },
    )
    const runDir = join(directory, 'runs', 'second')
    await run(config, { registry: await registry()(), runDir })
    expect((await reproduceRun(runDir, { registry: registry() })).same).toBe(true)
    await expect(reproduceRun(runDir, { ask: true, registry: registry() })).rejects.toThrow(/\[redacted\]/)
  })

  test('finds its dataset when the run has been moved, or is told where it is', async () => {
    const { directory, runDir, registry } = await finished()
    const elsewhere = join(bench({ items: [] }).directory, 'deep', 'inside', 'moved')
    cpSync(runDir, elsewhere, { recursive: true })
    const again = { registry: registry(), environment: {} }
    await expect(reproduceRun(elsewhere, again)).rejects.toThrow(/dataset data\.jsonl is not in .*--config-directory/)
    expect((await reproduceRun(elsewhere, { ...again, configDirectory: directory })).same).toBe(true)
    // A run that is handed on together with its dataset.
    cpSync(join(directory, 'data.jsonl'), join(elsewhere, 'data.jsonl'))
    expect((await reproduceRun(elsewhere, { ...again, overwrite: true })).same).toBe(true)
    const before = process.cwd()
    onTestFinished(() => process.chdir(before))
    rmSync(join(elsewhere, 'data.jsonl'))
    process.chdir(directory)
    expect((await reproduceRun(elsewhere, { ...again, overwrite: true })).same).toBe(true)
  })

  test('says that the dataset is another one, with both hashes, before anything is asked', async () => {
    const { directory, runDir, registry, keys } = await finished()
    put(directory, 'data.jsonl', '{"prompt":"another"}\n')
    let seen: InstallationComparison | undefined
    const failing = reproduceRun(runDir, {
      ask: true,
      environment: { STUDY_KEY: 'study-key-1' },
      registry: registry(),
      onCompared: (comparison) => (seen = comparison),
    })
    await expect(failing).rejects.toThrow(/is not what the run asked: its hash is sha256:\w{64}, it was sha256:\w{64}/)
    expect(seen!.moved.map(({ what }) => what)).toContain('dataset data.jsonl')
    expect(keys).toHaveLength(1)
  })

  test('says what moved: versions, code, modules, SDK, weights', async () => {
    const { directory, runDir, registry } = await finished()
    mkdirSync(join(directory, 'node_modules/insidellms-provider-x/node_modules/x-sdk'), { recursive: true })
    put(directory, 'node_modules/insidellms-provider-x/package.json', '{"version":"2.0.0"}')
    put(directory, 'node_modules/insidellms-provider-x/plugin.js', 'export default {}')
    put(directory, 'node_modules/insidellms-provider-x/node_modules/x-sdk/package.json', '{"version":"9.1.0"}')
    put(directory, 'weights.gguf', 'other weights')
    put(directory, 'probe.mjs', 'export default {}')
    const manifest = readManifest(runDir) as unknown as { custom: Record<string, unknown> & { models: object[] } }
    manifest.custom['versions'] = { core: '0.9.0', runner: '0.9.0', node: '22.18.0' }
    manifest.custom['plugins'] = [
      { name: 'insidellms-provider-x', version: '1.0.0', entry: 'plugin.js', sha256: 'a'.repeat(64) },
      { name: 'insidellms-provider-gone', version: '1.0.0' },
      { entry: './probe.mjs', sha256: 'b'.repeat(64) },
    ]
    const weights = join(directory, 'weights.gguf')
    manifest.custom.models = manifest.custom.models.map((model) => ({
      ...model,
      args: { apiKey: '${STUDY_KEY}', modelPath: weights },
      served: [{ sdk: { name: 'x-sdk', version: '9.0.0' }, sha256: 'c'.repeat(64) }],
    }))
    writeFileSync(join(runDir, 'manifest.json'), JSON.stringify(manifest))
    let seen: InstallationComparison | undefined
    await reproduceRun(runDir, {
      registry: registry(),
      project: directory,
      environment: {},
      onCompared: (comparison) => (seen = comparison),
    }).catch(() => undefined)
    const moved = new Map(seen!.moved.map(({ what, before, now }) => [what, [before, now]]))
    expect(moved.get('@insidellms/core')).toEqual(['0.9.0', expect.stringMatching(/^\d/)])
    expect(moved.get('Node.js')).toEqual(['22.18.0', process.versions.node])
    expect(moved.get('insidellms-provider-x')).toEqual(['1.0.0', '2.0.0'])
    expect(moved.get('insidellms-provider-x, code of plugin.js')![1]).toMatch(/^[0-9a-f]{64}$/)
    expect(moved.get('insidellms-provider-gone')).toEqual(['1.0.0', undefined])
    expect(moved.get('SDK x-sdk')).toEqual(['9.0.0', '9.1.0'])
    expect(moved.get('module ./probe.mjs')![1]).toMatch(/^[0-9a-f]{64}$/)
    expect(moved.get(`weights ${weights}`)![1]).toMatch(/^[0-9a-f]{64}$/)
    expect(moved.has('dataset data.jsonl')).toBe(false)
  })

  test("a run that was stopped, or is another program's, is refused", async () => {
    const { runDir, registry } = await finished()
    const stopped = `${runDir}-stopped`
    cpSync(runDir, stopped, { recursive: true })
    const manifest = readManifest(stopped)
    writeFileSync(join(stopped, 'manifest.json'), JSON.stringify({ ...manifest, run_completed: false }))
    await expect(reproduceRun(stopped, { registry: registry() })).rejects.toThrow(/stopped before its end.*Resume it/)
    writeFileSync(join(stopped, 'manifest.json'), JSON.stringify({ ...manifest, custom: {} }))
    await expect(reproduceRun(stopped, { registry: registry() })).rejects.toThrow(
      /not made by insideLLMs for TypeScript/,
    )
    renameSync(join(runDir, 'config.resolved.yaml'), join(runDir, 'config.gone'))
    await expect(reproduceRun(runDir, { registry: registry() })).rejects.toThrow(/has no config\.resolved\.yaml/)
    await expect(reproduceRun(join(runDir, 'none'), { registry: registry() })).rejects.toThrow(/There is no run/)
  })
})

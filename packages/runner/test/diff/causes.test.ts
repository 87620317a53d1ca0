import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ModelDriver, PluginRegistry, type Served } from '@insidellms/core'
import { afterAll, describe, expect, it } from 'vitest'
import { diffRuns } from '../../src/diff/diff-runs.ts'
import type { DiffReport } from '../../src/diff/diff-report.ts'
import { run } from '../../src/run/run.ts'
import { writeSyntheticRun } from '../support/synthetic-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'insidellms-causes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

writeFileSync(
  join(folder, 'data.jsonl'),
  Array.from({ length: 6 }, (_, index) => `${JSON.stringify({ id: `q${index}`, prompt: `prompt ${index}` })}\n`).join(
    '',
  ),
)

interface Backend {
  served?: Served
  answer?: string
  probeVersion?: string
  prefix?: string
  generation?: Record<string, unknown>
  refuses?: string[]
}

let made = 0
/** A real run against a backend that answers as told. */
async function runOn({
  served = {},
  answer = 'fine',
  probeVersion = '1',
  prefix = '',
  generation = {},
  refuses = [],
}: Backend): Promise<string> {
  const driver: ModelDriver = {
    specVersion: 1,
    supports: ['temperature', 'seed'],
    info: () => ({
      name: 'fake',
      provider: 'fake',
      modelId: 'fake-1',
      maxTokens: null,
      supportsStreaming: false,
      supportsChat: true,
      extra: {},
    }),
    respond: async ({ options }) => ({
      parts: [{ type: 'text', text: answer }],
      finish: { kind: 'stop', raw: 'stop' },
      ledger: Object.fromEntries(
        Object.keys(options).map((option) => [
          option,
          { status: refuses.includes(option) ? 'adjusted' : 'sent', reason: 'because' },
        ]),
      ),
      served: { model: 'fake-1-2026', fingerprint: 'fp_1', sdk: { name: 'fake-sdk', version: '1.0.0' }, ...served },
    }),
  }
  const registry = new PluginRegistry()
  registry.models.register('fake', () => driver)
  registry.probes.register('echo', () => ({
    name: 'echo',
    version: probeVersion,
    primaryMetric: 'fine',
    async run(model, item) {
      const output = await model.generate(prefix + (item as { prompt: string }).prompt)
      return { output, scores: { fine: output === 'fine' ? 1 : 0 }, primaryMetric: 'fine' }
    },
  }))
  const runDir = join(folder, `run-${made++}`)
  await run(
    { model: 'fake', probe: 'echo', dataset: { path: join(folder, 'data.jsonl') }, generation },
    { registry, runDir },
  )
  return runDir
}

async function causesOf(baseline: Backend, candidate: Backend): Promise<DiffReport> {
  return diffRuns(await runOn(baseline), await runOn(candidate))
}

function listed({ causes }: DiffReport): string[] {
  return causes.map(({ name, baseline, candidate }) => `${name}: ${baseline} -> ${candidate}`)
}

describe('a backend', () => {
  it('that changed its fingerprint alone: backend changed, outputs same', async () => {
    const report = await causesOf({}, { served: { fingerprint: 'fp_2' } })
    expect(report.verdict).toBe('backend changed, outputs same: served.fingerprint moved')
    expect(report.causes).toEqual([
      { name: 'served.fingerprint', baseline: 'fp_1', candidate: 'fp_2', changed: 0, unchanged: 6 },
    ])
    expect(report.items).toEqual([])
  })

  it('that changed its texts alone: outputs changed, backend same', async () => {
    const report = await causesOf({}, { answer: 'poor' })
    expect(report.verdict).toBe('outputs changed, backend same: 6 of 6 items changed')
    expect(report.counts).toMatchObject({ regressions: 6, otherChanges: 6 })
    expect(report.causes).toEqual([])
  })

  it('that changed both: each item carries the cause', async () => {
    const report = await causesOf({}, { answer: 'poor', served: { fingerprint: 'fp_2', model: 'fake-1-2027' } })
    expect(report.verdict).toContain('outputs changed, backend changed')
    expect(report.items[0]!.causes).toEqual([
      { name: 'served.fingerprint', baseline: 'fp_1', candidate: 'fp_2' },
      { name: 'served.model', baseline: 'fake-1-2026', candidate: 'fake-1-2027' },
    ])
    expect(report.causes[0]).toMatchObject({ changed: 6, unchanged: 0 })
  })

  it('that swapped the quantisation under the same name is caught by the hash of its weights', async () => {
    const gguf = (sha256: string): Served => ({
      model: 'tiny.gguf',
      quantization: 'Q8_0',
      sha256,
      engine: 'llama.cpp b5000',
    })
    const report = await causesOf({ served: gguf('a'.repeat(64)) }, { served: gguf('b'.repeat(64)) })
    expect(report.verdict).toBe('backend changed, outputs same: served.sha256 moved')
  })

  it.each([
    ['route', { route: 'provider-a' }, { route: 'provider-b' }],
    ['quantization', { quantization: 'fp8' }, { quantization: 'bf16' }],
    ['engine', { engine: 'vllm 1' }, { engine: 'vllm 2' }],
    ['fingerprint', { fingerprint: 'fp_9' }, {}],
  ] satisfies [string, Served, Served][])('is known by its %s', async (name, before, after) => {
    const report = await causesOf({ served: before }, { served: after })
    expect(report.causes.map((cause) => cause.name)).toContain(`served.${name}`)
  })
})

describe('our side', () => {
  it('that moved to another SDK: the backend is the same', async () => {
    const report = await causesOf({}, { served: { sdk: { name: 'fake-sdk', version: '2.0.0' } } })
    expect(report.verdict).toBe('outputs same, backend same: also moved: served.sdk')
    expect(report.causes).toEqual([
      {
        name: 'served.sdk',
        baseline: 'fake-sdk 1.0.0',
        candidate: 'fake-sdk 2.0.0',
        changed: 0,
        unchanged: 0,
        wholeRun: true,
      },
    ])
  })

  it('that asked with other options', async () => {
    const report = await causesOf({ generation: { temperature: 0 } }, { generation: { temperature: 0.7, seed: 3 } })
    expect(listed(report)).toEqual(
      expect.arrayContaining([
        'options.temperature: 0 -> 0.7',
        'options.seed: null -> 3',
        'ledger.seed: null -> ["sent"]',
      ]),
    )
  })

  it('whose option was treated otherwise', async () => {
    const generation = { temperature: 0 }
    const report = await causesOf({ generation }, { generation, refuses: ['temperature'] })
    expect(listed(report)).toEqual(['ledger.temperature: ["sent"] -> ["adjusted"]'])
  })

  it('that asked with another prompt', async () => {
    const report = await causesOf({}, { prefix: 'Please: ' })
    expect(report.causes.every(({ name }) => name === 'prompt.hash')).toBe(true)
    expect(report.causes).toHaveLength(6)
  })

  it('that asked with another prompt and got another answer: with the words that moved', async () => {
    const report = await causesOf({}, { prefix: 'Please: ', answer: 'poor' })
    expect(report.items[3]!.causes).toEqual([
      { name: 'prompt.words', baseline: 'user: prompt 3', candidate: 'user: Please: prompt 3' },
    ])
  })

  it('that scored with another version of the probe', async () => {
    const report = await causesOf({}, { probeVersion: '2' })
    expect(listed(report)).toEqual(['probe.version: 1 -> 2'])
    expect(report.causes[0]!.unchanged).toBe(6)
  })
})

describe('causes', () => {
  it('are the facts of whole runs too: versions, plugins, whatever else a manifest states', async () => {
    const custom = (version: string, sha256: string, commit: string): Record<string, unknown> => ({
      custom: {
        digests: { 'records.jsonl': version },
        git: { commit },
        plugins: [{ name: '@insidellms/provider-x', version, entry: 'dist/plugin.js', sha256 }],
        versions: { core: '1.0.0', node: '24.0.0' },
      },
    })
    const report = await diffRuns(
      writeSyntheticRun(join(folder, 'old'), { manifest: custom('1.0.0', 'aa', 'c1') }),
      writeSyntheticRun(join(folder, 'new'), { manifest: custom('1.1.0', 'bb', 'c2') }),
    )
    expect(listed(report)).toEqual([
      'git.commit: c1 -> c2',
      'plugin.@insidellms/provider-x.sha256: aa -> bb',
      'plugin.@insidellms/provider-x.version: 1.0.0 -> 1.1.0',
    ])
    expect(report.causes.every(({ wholeRun }) => wholeRun)).toBe(true)
  })

  it('are no plugins that a replay did not load', async () => {
    const plugins = [{ name: '@insidellms/provider-x', version: '1.0.0', entry: 'dist/plugin.js', sha256: 'aa' }]
    const manifest = (custom: object): { manifest: Record<string, unknown> } => ({ manifest: { custom } })
    const sides = [
      writeSyntheticRun(join(folder, 'asked'), manifest({ plugins })),
      writeSyntheticRun(join(folder, 'replayed'), manifest({ plugins: [], replayed: true })),
      writeSyntheticRun(join(folder, 'without'), manifest({ plugins: [] })),
    ] as const
    expect(listed(await diffRuns(sides[0], sides[1]))).toEqual([])
    expect(listed(await diffRuns(sides[1], sides[0]))).toEqual([])
    expect(listed(await diffRuns(sides[0], sides[2]))).not.toEqual([])
  })

  it('can be ignored by name, by the part before, and by the part after the dot', async () => {
    const sides = [await runOn({}), await runOn({ served: { fingerprint: 'fp_2' } })] as const
    for (const ignore of ['served.fingerprint', 'served', 'Fingerprint'])
      expect((await diffRuns(...sides, { ignore: [ignore] })).verdict).toBe('outputs same, backend same')
  })

  it('are summed up where every item moves its own way', async () => {
    const edit =
      (step: number) =>
      (
        record: Parameters<NonNullable<Parameters<typeof writeSyntheticRun>[1]>['edit'] & object>[0],
        index: number,
      ) => ({
        ...record,
        usage: { input_tokens: 10 + index * step },
      })
    const report = await diffRuns(
      writeSyntheticRun(join(folder, 'few'), { records: 40, edit: edit(1) }),
      writeSyntheticRun(join(folder, 'more'), { records: 40, edit: edit(2) }),
    )
    expect(report.causes).toHaveLength(6)
    expect(report.causes[0]).toMatchObject({ name: 'usage.input_tokens', baseline: '(several)', unchanged: 34 })
  })
})

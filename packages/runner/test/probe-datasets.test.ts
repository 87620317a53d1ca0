import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ConfigFile } from '../src/config/config-schema.ts'
import { configJsonSchema } from '../src/config/config-json-schema.ts'
import { type LoadedConfig, parseConfig } from '../src/config/load-config.ts'
import { exportRun } from '../src/export/export-run.ts'
import { run } from '../src/run/run.ts'
import { validateRun } from '../src/validate/validate-run.ts'
import { verifyRun } from '../src/validate/verify-run.ts'
import { bench, digest, items, readManifest } from './support/bench.ts'
import { put, readLines } from './support/scratch.ts'

const twoModels = [
  { type: 'scripted', name: 'a' },
  { type: 'scripted', name: 'b' },
]

/** Two models, a probe with a dataset of its own between two that share one. */
function family(config: Partial<ConfigFile> = {}) {
  const parts = bench({ items: items(3) })
  put(
    parts.directory,
    'own.jsonl',
    ['x', 'y'].map((id) => `${JSON.stringify({ id, prompt: id, answer: `<${id}>` })}\n`).join(''),
  )
  const probes = [
    { type: 'echo', name: 'first' },
    { type: 'echo', name: 'own', dataset: { path: 'own.jsonl' } },
    { type: 'echo', name: 'last' },
  ]
  const loaded = (): LoadedConfig =>
    parseConfig({ models: twoModels, probes, dataset: { path: 'data.jsonl' }, repeats: 2, ...config } as ConfigFile, {
      directory: parts.directory,
    })
  return { ...parts, loaded }
}

describe('a probe with a dataset of its own', () => {
  test('is asked it, beside probes that share one', async () => {
    const { loaded, registry, runDir } = family()
    const result = await run(loaded(), { registry, runDir: runDir('a') })
    expect(result).toMatchObject({ status: 'completed', total: 32, counts: { success: 32 } })
    const records = readLines(join(runDir('a'), 'records.jsonl')) as unknown as {
      example_id: string
      dataset: { dataset_id: string; dataset_hash: string }
      harness: never
      custom: { record_index: number; repeat: number; harness: { model_id: string; probe_type: string } }
    }[]
    const shown = records.map(
      ({ example_id, dataset, custom: { harness, repeat } }) =>
        `${harness.model_id} ${harness.probe_type} ${dataset.dataset_id} ${example_id} ${repeat}`,
    )
    const shared = (label: string): string[] => ['q0', 'q1', 'q2'].flatMap((id) => twice(`${label} data.jsonl ${id}`))
    const own = (label: string): string[] => ['x', 'y'].flatMap((id) => twice(`${label} own.jsonl ${id}`))
    expect(shown).toEqual(
      ['a', 'b'].flatMap((model) => [...shared(`${model} first`), ...own(`${model} own`), ...shared(`${model} last`)]),
    )
    expect(records.map(({ custom }) => custom.record_index)).toEqual([...Array(32).keys()])
    const { dataset, custom } = readManifest(runDir('a')) as unknown as Record<string, Record<string, unknown>>
    expect(dataset).toMatchObject({ dataset_id: 'data.jsonl + own.jsonl', params: { dataset_count: 2 } })
    expect(custom).toMatchObject({
      dataset_items: 5,
      expected_records: 32,
      datasets: [
        {
          dataset_id: 'data.jsonl',
          items: 3,
          probes: ['first', 'last'],
          dataset_hash: records[0]!.dataset.dataset_hash,
        },
        { dataset_id: 'own.jsonl', items: 2, probes: ['own'], dataset_hash: records[6]!.dataset.dataset_hash },
      ],
    })
    expect((await validateRun(runDir('a'))).issues).toEqual([])
    expect((await verifyRun(runDir('a'))).status).toBe('intact')
    const { files } = await exportRun(runDir('a'), { format: 'inspect', output: runDir('logs') })
    const log = JSON.parse(
      readFileSync(
        files.find((file) => file.endsWith('own_a.json'))!,
        'utf8',
      ),
    ) as never
    expect(log).toMatchObject({ eval: { dataset: { name: 'own.jsonl', samples: 2 } } })
  })

  test('is resumed at any place to the same bytes', async () => {
    const { loaded, registry, runDir, asked } = family()
    await run(loaded(), { registry, runDir: runDir('whole') })
    const lines = (name: string): string[] => readFileSync(join(runDir('whole'), name), 'utf8').split(/(?<=\n)/)
    for (const kept of [0, 1, 11, 12, 15, 16, 17, 21, 31, 32]) {
      const target = runDir(`cut-${kept}`)
      await run(loaded(), { registry, runDir: target })
      for (const name of ['records.jsonl', 'calls.jsonl'])
        writeFileSync(join(target, name), lines(name).slice(0, kept).join(''))
      truncateSync(join(target, 'summary.json'))
      const before = asked.length
      await run(loaded(), { registry, runDir: target, resume: true })
      expect([kept, asked.length - before]).toEqual([kept, 32 - kept])
      for (const name of ['records.jsonl', 'summary.json'])
        expect([kept, digest(target, name)]).toEqual([kept, digest(runDir('whole'), name)])
    }
  })

  test('makes another run when its items change, and a resumption says so', async () => {
    const { loaded, registry, runDir, directory } = family()
    const before = await run(loaded(), { registry, runDir: runDir('a') })
    put(directory, 'own.jsonl', '{"id":"x","prompt":"other"}\n')
    expect((await run(loaded(), { registry, runDir: runDir('b') })).runId).not.toBe(before.runId)
    await expect(run(loaded(), { registry, runDir: runDir('a'), resume: true })).rejects.toThrow(
      /cannot be resumed: the dataset has changed \(it was sha256:[0-9a-f]{64}, it is sha256:/,
    )
  })

  test('whose item lacks a field, names the file, the line and the probe', async () => {
    const { loaded, registry, runDir, directory } = family()
    put(directory, 'own.jsonl', '{"id":"x","prompt":"other"}\n{"id":"y"}\n')
    await expect(run(loaded(), { registry, runDir: runDir('a') })).rejects.toThrow(
      'own.jsonl:2: the field "prompt" is missing (probe echo).',
    )
  })
})

describe('a config', () => {
  const own = { type: 'echo', dataset: { path: 'own.jsonl' } }

  test.for([
    [{ probes: [own, 'echo'] }, 'config: dataset is missing: give dataset, or one in each probe.'],
    [{ probe: 'echo' }, 'config: dataset is missing: give dataset, or one in each probe.'],
    [
      { probes: [own, own], dataset: { path: 'data.jsonl' } },
      'config: dataset is used by nobody: every probe has its own. Remove it.',
    ],
    [
      { probes: [{ ...own, dataset: { pat: 'own.jsonl' } }], dataset: { path: 'data.jsonl' } },
      'config: Unknown key "pat" in probes[0].dataset. Did you mean "path"?',
    ],
  ])('%j is refused', ([config, message]) => {
    expect(() => parseConfig({ model: 'dummy', ...(config as object) } as ConfigFile)).toThrow(message as string)
  })

  test('needs no dataset when every probe has one', () => {
    expect(parseConfig({ model: 'dummy', probe: own } as ConfigFile).config.dataset).toBeUndefined()
  })

  test('has a JSON Schema that says the same', async () => {
    const { Ajv2020 } = await import('ajv/dist/2020.js')
    const check = new Ajv2020({ strict: false }).compile(configJsonSchema())
    expect(check({ model: 'dummy', probe: own })).toBe(true)
    expect(check({ model: 'dummy', probes: [own, 'echo'] })).toBe(false)
    expect(check({ model: 'dummy', probes: [own, 'echo'], dataset: { path: 'data.jsonl' } })).toBe(true)
  })
})

function twice(label: string): string[] {
  return [`${label} 0`, `${label} 1`]
}

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PluginRegistry } from '@insidellms/core'
import { builtinProbes } from '@insidellms/probes'
import { describe, expect, test } from 'vitest'
import { type LoadedConfig, parseConfig } from '../src/config/load-config.ts'
import { run } from '../src/run/run.ts'
import { bench, digest, readManifest, scriptedDriver } from './support/bench.ts'
import { readLines } from './support/scratch.ts'

const questions = Array.from({ length: 12 }, (_, index) => ({ id: `q${index}`, question: `Why ${index}?` }))

function judged(): { registry: PluginRegistry; config: LoadedConfig; runDir(name: string): string; graded: string[] } {
  const { directory, runDir } = bench({ items: questions })
  const graded: string[] = []
  const registry = new PluginRegistry()
  registry.use(builtinProbes)
  registry.models.register('scripted', () =>
    scriptedDriver(async (prompt) => {
      await new Promise((resolve) => setTimeout(resolve, prompt.length % 4))
      return `Because of ${prompt}`
    }),
  )
  registry.models.register('grader', ({ bias, apiKey }) =>
    scriptedDriver(async (prompt, { options }) => {
      graded.push(`${String(bias)} ${options.temperature} ${options.maxTokens} ${String(apiKey)}`)
      await new Promise((resolve) => setTimeout(resolve, prompt.length % 3))
      return `Fair enough.\nGrade: ${3 + (Number(bias) % 3)}`
    }),
  )
  const config = parseConfig(
    `models: [scripted, { type: scripted, name: twin }]
probe:
  type: judge
  args:
    judge:
      - { type: grader, args: { bias: 1, temperature: 0, api_key: "\${JUDGE_KEY}" } }
      - { type: grader, name: second, args: { bias: 2 } }
    judge_options: { max_tokens: 9 }
dataset: { path: data.jsonl }
`,
    { directory, environment: { JUDGE_KEY: 'judge-key-123' } },
  )
  return { registry, config, runDir, graded }
}

describe('judges', () => {
  test('are made of the config, asked with their own options, and their calls are records of the run', async () => {
    const { registry, config, runDir, graded } = judged()
    const result = await run(config, { registry, runDir: runDir('a') })
    expect(result.counts.success).toBe(24)
    expect([...new Set(graded)].sort()).toEqual(['1 0 9 judge-key-123', '2 undefined 9 undefined'])
    const [record] = readLines(join(runDir('a'), 'records.jsonl')) as unknown as {
      custom: { calls: { judge?: string }[] }
      usage: object
      messages_hash: string
    }[]
    expect(record!.custom.calls.map(({ judge }) => judge)).toEqual([undefined, 'judge scripted-1', 'judge second'])
    const calls = readLines(join(runDir('a'), 'calls.jsonl'))
    expect(calls).toHaveLength(72)
    expect(readManifest(runDir('a'))).toMatchObject({
      custom: {
        judges: [
          {
            label: 'judge scripted-1',
            type: 'grader',
            args: { bias: 1, apiKey: '${JUDGE_KEY}' },
            served: [{ model: 'scripted-1-0601' }],
          },
          { label: 'judge second', type: 'grader' },
        ],
      },
    })
    for (const name of ['records.jsonl', 'calls.jsonl', 'manifest.json', 'config.resolved.yaml'])
      expect(readFileSync(join(runDir('a'), name), 'utf8')).not.toContain('judge-key-123')
  })

  test('are replayed and resumed like the measured model', async () => {
    const { registry, config, runDir, graded } = judged()
    await run(config, { registry, runDir: runDir('a') })
    const probesOnly = new PluginRegistry()
    probesOnly.use(builtinProbes)
    await run(config, { registry: probesOnly, runDir: runDir('b'), replay: runDir('a') })
    expect(digest(runDir('b'))).toBe(digest(runDir('a')))

    const kept = (name: string, count: number): void => {
      const path = join(runDir('b'), name)
      writeFileSync(path, readFileSync(path, 'utf8').split('\n').slice(0, count).join('\n'))
    }
    kept('records.jsonl', 6)
    kept('calls.jsonl', 30)
    const before = graded.length
    await run(config, { registry, runDir: runDir('b'), resume: true }).catch((error: unknown) => error)
    expect(digest(runDir('b'))).toBe(digest(runDir('a')))
    expect(graded.length - before).toBeLessThan(48)
  })

  test.each([
    ['judge: { typ: x }', 'config:5:14: Unknown key "typ" in probe.args.judge. Did you mean "type"?'],
    ['judge: []', 'config:5:12: probe.args.judge must be a list that is not empty; it is an empty list.'],
    [
      'judge: { type: x, args: { temperature: hot } }',
      'config:5:44: probe.args.judge.args.temperature must be a number; it is the text "hot".',
    ],
    [
      'judge_options: { max_token: 5 }',
      'config:5:22: Unknown key "max_token" in probe.args.judgeOptions. Did you mean "max_tokens"?',
    ],
  ])('%s', (line, message) => {
    const text = `model: dummy\nprobe:\n  type: judge\n  args:\n    ${line}\ndataset: { path: d }\n`
    expect(() => parseConfig(text)).toThrow(message)
  })

  test('that cannot be made end the run before it begins', async () => {
    const { registry, runDir } = judged()
    const config = parseConfig({
      model: 'scripted',
      probe: { type: 'judge', args: { judge: 'nobody' } },
      dataset: { path: 'x' },
    })
    await expect(run(config, { registry, runDir: runDir('a') })).rejects.toThrow('probe: No model provider "nobody".')
  })
})

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PluginRegistry } from '@insidellms/core'
import { builtinProbes } from '@insidellms/probes'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { parse } from 'yaml'
import { configSchema, type DatasetEntry } from '../src/config/config-schema.ts'
import { snakeCase } from '../src/config/camel-case.ts'
import { datasetSchema } from '../src/config/dataset-schema.ts'
import { loadConfig } from '../src/config/load-config.ts'
import { fileFormats } from '../src/datasets/file-source.ts'
import { runFiles } from '../src/run/run-directory.ts'
import { run, type RunResult } from '../src/run/run.ts'
import { scriptedDriver } from './support/bench.ts'
import { hubServer } from './support/hub-server.ts'
import { readDataset } from './support/read-dataset.ts'
import { put, scratch } from './support/scratch.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8').replaceAll('\r\n', '\n')

function block(language: string, containing: string): string {
  const blocks = [...readme.matchAll(/```(\w+)\n([^]*?)```/g)]
  const found = blocks.find(([, name, text]) => name === language && text!.includes(containing))
  if (found === undefined) throw new Error(`The README has no ${language} block with ${containing}.`)
  return found[2]!
}

describe('the README', () => {
  test('its first example and its config run, and print what it says', async () => {
    const directory = scratch()
    put(directory, 'experiment.yaml', block('yaml', 'model:'))
    put(directory, 'data.jsonl', '{"question":"1+1?","answer":"2"}\n{"question":"2+2?","answer":"4"}\n')
    const registry = new PluginRegistry()
    registry.use(builtinProbes)
    registry.models.register('openai', () => scriptedDriver(() => 'Answer: 2'))
    const example = block('ts', 'loadConfig(')
    const body = example
      .replace(/^import .*\n/m, '')
      .replaceAll("'experiment.yaml'", JSON.stringify(join(directory, 'experiment.yaml')))
      .replace("runDir: 'runs/first'", `registry, runDir: ${JSON.stringify(join(directory, 'run'))}`)
    const printed: unknown[][] = []
    const AsyncFunction = (async () => {}).constructor as new (
      ...text: string[]
    ) => (...args: unknown[]) => Promise<void>
    await new AsyncFunction('loadConfig', 'run', 'registry', 'console', body)(loadConfig, run, registry, {
      log: (...values: unknown[]) => printed.push(values),
    })
    const [status, counts] = printed.at(-1) as [RunResult['status'], RunResult['counts']]
    expect(
      `${status} { ${Object.entries(counts)
        .map(([name, count]) => `${name}: ${count}`)
        .join(', ')} }`,
    ).toBe(/console\.log\(result.*\/\/ (.*)$/m.exec(example)![1])
  })

  test('its dataset chooses what the text says', async () => {
    const directory = scratch()
    mkdirSync(join(directory, 'data'))
    for (const name of ['a', 'b'])
      put(
        directory,
        `data/${name}.jsonl`,
        Array.from(
          { length: 400 },
          (_, n) => `{"split":"${n % 2 ? 'test' : 'dev'}","level":${n % 4},"score":${n / 400}}\n`,
        ).join(''),
      )
    const { dataset } = parse(block('yaml', 'filter:')) as { dataset: Partial<DatasetEntry> }
    const items = await readDataset(directory, dataset)
    expect(items).toHaveLength(100)
    for (const { item } of items) {
      const { split, level, score } = item as { split: string; level: number; score: number }
      expect([split, level, score >= 0.5]).toEqual(['test', 1, true])
    }
  })

  test('its Hugging Face example opens the files that it means', async () => {
    const commit = 'a'.repeat(40)
    const server = await hubServer('openai/gsm8k', {
      commits: { [commit]: { 'main/train.jsonl': '1\n', 'main/test.jsonl': '2\n', 'socratic/test.jsonl': '3\n' } },
      branches: { main: commit },
    })
    vi.stubEnv('HF_ENDPOINT', server.url)
    vi.stubEnv('INSIDELLMS_CACHE_DIR', scratch())
    onTestFinished(() => void vi.unstubAllEnvs())
    const { dataset } = parse(block('yaml', 'format: huggingface')) as { dataset: Partial<DatasetEntry> }
    expect((await readDataset('.', dataset)).map(({ item }) => item)).toEqual([2])
  })

  test('names every format and every key of a dataset', () => {
    const names = [...fileFormats, 'huggingface', ...Object.keys(datasetSchema.shape)]
    expect(names.filter((name) => !new RegExp(`[\`{ ,]${name}[\`} ,:]`).test(readme))).toEqual([])
  })

  test('names every key of a config', () => {
    const keys = Object.keys(configSchema.shape).filter((key) => key !== '$schema')
    expect(keys.filter((key) => !readme.includes(`\`${snakeCase(key)}\``))).toEqual([])
  })

  test('names every file of a run directory', () => {
    const names = Object.values(runFiles).filter((name) => !name.startsWith('.'))
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
  })
})

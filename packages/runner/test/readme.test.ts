import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PluginRegistry } from '@insidellms/core'
import { builtinProbes } from '@insidellms/probes'
import { describe, expect, test } from 'vitest'
import { configSchema } from '../src/config/config-schema.ts'
import { snakeCase } from '../src/config/camel-case.ts'
import { loadConfig } from '../src/config/load-config.ts'
import { runFiles } from '../src/run/run-directory.ts'
import { run, type RunResult } from '../src/run/run.ts'
import { scriptedDriver } from './support/bench.ts'
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

  test('names every key of a config', () => {
    const keys = Object.keys(configSchema.shape).filter((key) => key !== '$schema')
    expect(keys.filter((key) => !readme.includes(`\`${snakeCase(key)}\``))).toEqual([])
  })

  test('names every file of a run directory', () => {
    const names = Object.values(runFiles).filter((name) => !name.startsWith('.'))
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
  })
})

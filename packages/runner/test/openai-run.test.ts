import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PluginRegistry, type Probe } from '@insidellms/core'
import { createOpenAIDriver, type OpenAISettings } from '@insidellms/provider-openai'
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../src/config/load-config.ts'
import { run } from '../src/run/run.ts'
import { bench, digest, items, readManifest } from './support/bench.ts'
import { chatServer } from './support/chat-server.ts'
import { readLines } from './support/scratch.ts'

/** Asks once whole and once as a stream. */
const both: Probe = {
  name: 'both',
  version: '1',
  primaryMetric: 'same',
  async run(model, item) {
    const { prompt } = item as { prompt: string }
    const whole = await model.generate(prompt)
    let streamed = ''
    for await (const piece of model.stream(`stream ${prompt}`)) streamed += piece
    return { output: { whole, streamed }, scores: { same: 1 }, primaryMetric: 'same' }
  },
}

function registryWith(probe: Probe, openai: boolean): PluginRegistry {
  const registry = new PluginRegistry()
  registry.probes.register('both', () => probe)
  if (openai)
    registry.models.register('openai', (settings) => createOpenAIDriver(settings as unknown as OpenAISettings))
  return registry
}

describe('a run against a server', () => {
  test('is replayed byte for byte when server, provider and key are gone', async () => {
    const server = await chatServer((prompt) =>
      prompt.endsWith('3')
        ? { status: 400, body: { error: { message: 'No threes.', type: 'bad', code: null } } }
        : `You said: ${prompt} 😀`,
    )
    const { directory, runDir } = bench({ items: items(5) })
    const config = parseConfig(
      {
        model: { type: 'openai', args: { modelName: 'gpt-4o', baseUrl: server.url, apiKey: '${KEY}', maxRetries: 0 } },
        probe: 'both',
        dataset: { path: 'data.jsonl' },
        generation: { seed: 1 },
      },
      { directory, environment: { KEY: 'sk-planted-key-1' } },
    )
    await run(config, { registry: registryWith(both, true), runDir: runDir('a') })
    await server.close()
    await run(config, { registry: registryWith(both, false), runDir: runDir('b'), replay: runDir('a') })
    expect(digest(runDir('b'))).toBe(digest(runDir('a')))
    const records = readLines(join(runDir('a'), 'records.jsonl'))
    expect(records.map(({ status }) => status)).toEqual(['success', 'success', 'success', 'error', 'success'])
    expect(records[0]).toMatchObject({
      output: { whole: 'You said: prompt 0 😀', streamed: 'You said: stream prompt 0 😀' },
      custom: { calls: [{ served: { model: 'gpt-4o-2024-08-06', fingerprint: 'fp_server' } }, {}] },
    })
    expect(readManifest(runDir('a'))).toMatchObject({
      custom: { models: [{ served: [{ model: 'gpt-4o-2024-08-06', sdk: { name: 'openai' } }] }] },
    })
  })
})

describe('secrets', () => {
  const key = 'sk-planted/key+"with\\signs=='

  test('are in no file, whatever the server sends back: plain, quoted, base64 or URL-encoded', async () => {
    const server = await chatServer((prompt, authorization) => {
      const forms = [
        authorization,
        encodeURIComponent(key),
        Buffer.from(key).toString('base64'),
        JSON.stringify(key),
      ].join(' ')
      if (prompt.includes('1'))
        return { status: 401, body: { error: { message: `Wrong key: ${forms}`, type: 'auth' } } }
      return `leak ${forms}`
    })
    const { directory, runDir } = bench({ items: items(3) })
    const config = parseConfig(
      {
        model: { type: 'openai', args: { modelName: 'gpt-4o', baseUrl: server.url, apiKey: '${KEY}', maxRetries: 0 } },
        probe: 'both',
        dataset: { path: 'data.jsonl' },
      },
      { directory, environment: { KEY: key } },
    )
    await run(config, { registry: registryWith(both, true), runDir: runDir('a') })
    expect(server.requests[0]!.authorization).toBe(`Bearer ${key}`)
    const forms = [key, JSON.stringify(key).slice(1, -1), encodeURIComponent(key), Buffer.from(key).toString('base64')]
    const twice = forms.map((form) => JSON.stringify(form).slice(1, -1))
    const names = readdirSync(runDir('a'))
    expect(names).toContain('calls.jsonl')
    for (const name of names) {
      const text = readFileSync(join(runDir('a'), name), 'utf8')
      for (const form of [...forms, ...twice]) expect([name, text.includes(form)]).toEqual([name, false])
    }
    expect(readFileSync(join(runDir('a'), 'config.resolved.yaml'), 'utf8')).toContain('apiKey: ${KEY}')
    for (const line of readLines(join(runDir('a'), 'records.jsonl'))) expect(line).toHaveProperty('run_id')
  })

  test("the provider's own key from the environment is one too", async () => {
    const server = await chatServer((_prompt, authorization) => `leak ${authorization}`)
    const { directory, runDir } = bench({ items: items(1) })
    const config = parseConfig(
      {
        model: { type: 'openai', args: { modelName: 'gpt-4o', baseUrl: server.url } },
        probe: 'both',
        dataset: { path: 'data.jsonl' },
      },
      { directory },
    )
    const before = process.env['OPENAI_API_KEY']
    process.env['OPENAI_API_KEY'] = 'sk-from-the-environment'
    try {
      await run(config, { registry: registryWith(both, true), runDir: runDir('a') })
    } finally {
      if (before === undefined) delete process.env['OPENAI_API_KEY']
      else process.env['OPENAI_API_KEY'] = before
    }
    expect(server.requests[0]!.authorization).toBe('Bearer sk-from-the-environment')
    for (const name of readdirSync(runDir('a')))
      expect(readFileSync(join(runDir('a'), name), 'utf8')).not.toContain('sk-from-the-environment')
  })

  test('a word in place of a key is no secret', async () => {
    const server = await chatServer(() => 'none of them')
    const { directory, runDir } = bench({ items: items(1) })
    const config = parseConfig(
      {
        model: { type: 'openai', args: { modelName: 'gpt-4o', baseUrl: server.url, apiKey: 'none' } },
        probe: 'both',
        dataset: { path: 'data.jsonl' },
      },
      { directory },
    )
    await run(config, { registry: registryWith(both, true), runDir: runDir('a') })
    expect(readLines(join(runDir('a'), 'records.jsonl'))[0]).toMatchObject({ output: { whole: 'none of them' } })
    expect(readFileSync(join(runDir('a'), 'config.resolved.yaml'), 'utf8')).toContain('apiKey: "[redacted]"')
  })

  test('a missing key ends the run before anything is written, and is named', async () => {
    const { directory, runDir } = bench({ items: items(1) })
    const config = parseConfig(
      { model: { type: 'openai', args: { modelName: 'gpt-4o' } }, probe: 'both', dataset: { path: 'data.jsonl' } },
      { directory },
    )
    const before = process.env['OPENAI_API_KEY']
    delete process.env['OPENAI_API_KEY']
    try {
      await expect(run(config, { registry: registryWith(both, true), runDir: runDir('a') })).rejects.toThrow(
        'model: openai: no API key. Set OPENAI_API_KEY, or pass apiKey.',
      )
    } finally {
      if (before !== undefined) process.env['OPENAI_API_KEY'] = before
    }
    expect(readdirSync(directory)).toEqual(['data.jsonl'])
  })
})

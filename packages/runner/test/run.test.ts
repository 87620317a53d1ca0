import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InsideLLMsError, type JsonObject, Model, type ModelDriver } from '@insidellms/core'
import { sharedPath } from '@insidellms/test-support'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../src/config/load-config.ts'
import { run } from '../src/run/run.ts'
import { bench, digest, echoProbe, items, readManifest } from './support/bench.ts'
import { put, readLines } from './support/scratch.ts'

const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('the run directory', () => {
  test('holds the records in dataset order, and everything that explains them', async () => {
    const { registry, config, runDir } = bench({ items: items(5), config: { generation: { seed: 7 } } })
    const result = await run(config, { registry, runDir: runDir('a'), concurrency: 1 })
    expect(result).toMatchObject({
      status: 'completed',
      runDir: runDir('a'),
      total: 5,
      counts: { success: 5, error: 0, timeout: 0, rate_limited: 0 },
      progress: { done: 5, total: 5, errors: 0, inputTokens: 15 },
    })
    expect(readdirSync(runDir('a')).sort()).toEqual([
      '.insidellms_run',
      'calls.digests',
      'calls.jsonl',
      'config.resolved.yaml',
      'manifest.json',
      'records.digests',
      'records.jsonl',
      'summary.json',
    ])
    expect(readFileSync(join(runDir('a'), '.insidellms_run'), 'utf8')).toBe('insideLLMs run directory\n')
    const records = readLines(join(runDir('a'), 'records.jsonl'))
    expect(records.map(({ example_id }) => example_id)).toEqual(['q0', 'q1', 'q2', 'q3', 'q4'])
    expect(records[3]).toMatchObject({
      run_id: result.runId,
      input: { id: 'q3', prompt: 'prompt 3' },
      output: '<prompt 3>',
      output_text: '<prompt 3>',
      scores: { match: 1 },
      primary_metric: 'match',
      usage: { input_tokens: 3, output_tokens: 10, total_tokens: 13 },
      latency_ms: null,
      status: 'success',
      error: null,
      probe: { probe_id: 'echo', probe_version: '1.0' },
      model: { model_id: 'scripted-1', provider: 'scripted' },
      custom: {
        record_index: 3,
        repeat: 0,
        seed: 7,
        calls: [{ finish: { kind: 'stop', raw: 'stop' }, served: { model: 'scripted-1-0601', fingerprint: 'fp_1' } }],
      },
    })
    const calls = readLines(join(runDir('a'), 'calls.jsonl'))
    expect(calls[0]).toMatchObject({
      model: 'scripted-1',
      probe: 'echo',
      example_id: 'q0',
      messages: [{ role: 'user', content: 'prompt 0' }],
      options: { seed: 7 },
      response: { text: '<prompt 0>', served: { responseId: 'resp_1' }, ledger: { seed: { status: 'sent' } } },
    })
  })

  test('its manifest says what ran, and its digests are true', async () => {
    const { registry, config, runDir } = bench({ items: items(3) })
    await run(config, { registry, runDir: runDir('a') })
    const manifest = readManifest(runDir('a')) as JsonObject
    expect(manifest).toMatchObject({
      run_completed: true,
      record_count: 3,
      success_count: 3,
      error_count: 0,
      schema_version: '1.0.1',
      custom: {
        status_counts: { success: 3, error: 0, timeout: 0, rate_limited: 0 },
        models: [
          {
            label: 'scripted-1',
            type: 'scripted',
            served: [{ model: 'scripted-1-0601', fingerprint: 'fp_1', sdk: { name: 'none', version: '1.0.0' } }],
          },
        ],
        versions: { node: process.versions.node },
      },
    })
    const { digests } = manifest['custom'] as { digests: Record<string, string> }
    for (const name of ['records.jsonl', 'calls.jsonl', 'summary.json', 'config.resolved.yaml'])
      expect([name, digests[name]]).toEqual([name, digest(runDir('a'), name)])
  })

  test('its resolved config runs again to the same records', async () => {
    const { directory, registry, config, runDir } = bench({
      items: items(4),
      config: { generation: { temperature: 0.5 } },
    })
    await run(config, { registry, runDir: runDir('a') })
    const again = put(directory, 'again.yaml', readFileSync(join(runDir('a'), 'config.resolved.yaml')))
    const result = await run(await loadConfig(again), { registry, runDir: runDir('b') })
    expect(digest(result.runDir)).toBe(digest(runDir('a')))
  })

  test.skipIf(sharedPath('interop') === undefined)(
    "the Python original's schemas accept it (needs ../shared/interop)",
    async () => {
      const { registry, config, runDir } = bench({
        items: [{ prompt: 'a' }, { prompt: 'fail' }],
        config: { models: ['scripted', 'dummy'], model: undefined as never, repeats: 2 },
        answer: (prompt) => {
          if (prompt === 'fail') throw new InsideLLMsError('timeout', 'No answer.')
          return 'x'
        },
      })
      await run(config, { registry, runDir: runDir('a') })
      const check = (schema: string, value: unknown): void => {
        const text = readFileSync(join(sharedPath('interop')!, 'schemas', `${schema}@1.0.1.json`), 'utf8')
        const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse(text) as object)
        validate(value)
        expect(validate.errors).toBeNull()
      }
      for (const record of readLines(join(runDir('a'), 'records.jsonl'))) {
        check('ResultRecord', record)
        expect(Object.keys(record)).toHaveLength(22)
      }
      check('RunManifest', readManifest(runDir('a')))
      check('HarnessSummary', JSON.parse(readFileSync(join(runDir('a'), 'summary.json'), 'utf8')))
    },
  )
})

describe('determinism', () => {
  test('the same bytes at every concurrency and whatever the latencies', async () => {
    let wait = 0
    const { registry, config, runDir } = bench({
      items: items(200),
      answer: async (prompt) => {
        wait = (wait * 1103515245 + 12345) % 2 ** 31
        await soon(wait % 5)
        if (prompt.endsWith('7')) throw new InsideLLMsError('content_filter', 'The vendor would not say.')
        return `<${prompt}>`
      },
    })
    for (const [name, concurrency] of [
      ['a', 1],
      ['b', 7],
      ['c', 64],
    ] as const)
      await run(config, { registry, runDir: runDir(name), concurrency })
    expect(digest(runDir('b'))).toBe(digest(runDir('a')))
    expect(digest(runDir('c'))).toBe(digest(runDir('a')))
    expect(digest(runDir('c'), 'summary.json')).toBe(digest(runDir('a'), 'summary.json'))
  })

  test('a different config, seed or dataset is another run', async () => {
    const { registry, runDir } = bench({ items: items(2) })
    const ids = new Set<string>()
    for (const [at, config] of [
      {},
      { generation: { seed: 1 } },
      { generation: { seed: 2 } },
      { repeats: 2 },
    ].entries()) {
      const other = bench({ items: items(2), config })
      ids.add((await run(other.config, { registry, runDir: runDir(String(at)) })).runId)
    }
    ids.add((await run(bench({ items: items(3) }).config, { registry, runDir: runDir('more') })).runId)
    expect(ids.size).toBe(5)
  })
})

describe('errors of items are results', () => {
  test('each with its status, code and message; the others go on', async () => {
    const { registry, config, runDir } = bench({
      items: ['ok', 'timeout', 'rate', 'overflow', 'bug'].map((prompt) => ({ prompt })),
      config: { model: { type: 'scripted', args: { maxRetries: 0 } } },
      answer: (prompt) => {
        if (prompt === 'timeout') throw new InsideLLMsError('timeout', 'Too slow.')
        if (prompt === 'rate') throw new InsideLLMsError('rate_limited', 'Too many.')
        if (prompt === 'overflow') throw new InsideLLMsError('context_overflow', 'Too long.')
        if (prompt === 'bug') throw new TypeError('x is not a function')
        return 'x'
      },
    })
    const result = await run(config, { registry, runDir: runDir('a') })
    expect(result.counts).toEqual({ success: 1, error: 2, timeout: 1, rate_limited: 1 })
    const records = readLines(join(runDir('a'), 'records.jsonl'))
    expect(records.map(({ status, error_type }) => [status, error_type])).toEqual([
      ['success', null],
      ['timeout', 'timeout'],
      ['rate_limited', 'rate_limited'],
      ['error', 'context_overflow'],
      ['error', 'invalid_response'],
    ])
    expect(records[3]).toMatchObject({ error: expect.stringContaining('Too long.'), output: null, scores: {} })
    expect(readLines(join(runDir('a'), 'calls.jsonl'))).toHaveLength(5)
  })

  test.each([
    ['no result', undefined, 'The probe echo gave no result.'],
    ['no output', { scores: { s: 1 }, primaryMetric: 's' }, 'gave a result without output'],
    [
      'a score that is no number',
      { output: 'x', scores: { s: Number.NaN }, primaryMetric: 's' },
      'gave the score s = NaN',
    ],
    ['no primary score', { output: 'x', scores: {}, primaryMetric: 's' }, 'gave no score named "s"'],
  ])('a probe that gives %s', async (_name, result, message) => {
    const { registry, config, runDir } = bench({
      items: [{ prompt: 'a' }],
      probe: { name: 'echo', version: '1', primaryMetric: 's', run: () => Promise.resolve(result as never) },
    })
    await run(config, { registry, runDir: runDir('a') })
    expect(readLines(join(runDir('a'), 'records.jsonl'))[0]).toMatchObject({
      status: 'error',
      error: expect.stringContaining(message),
    })
  })

  test.each([
    ['nothing', undefined, 'scripted gave a response without text'],
    ['no finish', { text: 'x', served: {} }, 'gave a response without finish'],
    ['no served', { text: 'x', finish: { kind: 'stop', raw: null } }, 'gave a response without served'],
  ])('a custom model that responds with %s', async (_name, response, message) => {
    const { registry, config, runDir } = bench({ items: [{ prompt: 'a' }], config: { model: 'custom' } })
    class Custom extends Model {
      generate(): Promise<string> {
        return Promise.resolve('x')
      }

      override respond(): Promise<never> {
        return Promise.resolve(response as never)
      }

      info(): ReturnType<Model['info']> {
        return {
          name: 'c',
          provider: 'c',
          modelId: 'scripted',
          maxTokens: null,
          supportsStreaming: false,
          supportsChat: false,
          extra: {},
        }
      }
    }
    registry.models.register('custom', () => new Custom())
    await run(config, { registry, runDir: runDir('a') })
    expect(readLines(join(runDir('a'), 'records.jsonl'))[0]).toMatchObject({
      error_type: 'invalid_response',
      error: expect.stringContaining(message),
    })
    expect(readLines(join(runDir('a'), 'calls.jsonl'))).toHaveLength(1)
  })

  test('a result that has no JSON form', async () => {
    const { registry, config, runDir } = bench({
      items: [{ prompt: 'a' }],
      probe: {
        ...echoProbe,
        run: () => Promise.resolve({ output: 1n as never, scores: { match: 1 }, primaryMetric: 'match' }),
      },
    })
    await run(config, { registry, runDir: runDir('a') })
    expect(readLines(join(runDir('a'), 'records.jsonl'))[0]).toMatchObject({ status: 'error', error_type: 'TypeError' })
  })

  test('an option that the model does not support is an error in a run', async () => {
    const { registry, config, runDir, directory } = bench({ items: [{ prompt: 'a' }] })
    void config
    const bare: ModelDriver = {
      specVersion: 1,
      supports: [],
      info: () => ({
        name: 'b',
        provider: 'bare',
        modelId: 'b',
        maxTokens: null,
        supportsStreaming: false,
        supportsChat: true,
        extra: {},
      }),
      respond: () =>
        Promise.resolve({ parts: [{ type: 'text', text: 'x' }], finish: { kind: 'stop', raw: null }, served: {} }),
    }
    registry.models.register('bare', () => bare)
    const path = put(
      directory,
      'c.yaml',
      'model: bare\nprobe: echo\ndataset: { path: data.jsonl }\ngeneration: { seed: 1 }\n',
    )
    await run(await loadConfig(path), { registry, runDir: runDir('a') })
    expect(readLines(join(runDir('a'), 'records.jsonl'))[0]).toMatchObject({ error_type: 'unsupported' })
    put(
      directory,
      'c.yaml',
      'model: bare\nprobe: echo\ndataset: { path: data.jsonl }\ngeneration: { seed: 1, on_unsupported: warn }\n',
    )
    await run(await loadConfig(path), { registry, runDir: runDir('b') })
    expect(readLines(join(runDir('b'), 'records.jsonl'))[0]).toMatchObject({ status: 'success' })
    expect(readManifest(runDir('b'))).toMatchObject({ custom: { models: [{ options: { seed: ['refused'] } }] } })
  })
})

describe('what a model may say', () => {
  const hostile = [
    '<script>alert(1)</script>',
    '</script><!--',
    '{"status":"error"}\n{"status":"error"}',
    '\u2028\u2029\u0085',
    '\u202Eevil\u202C\u200B\uFEFF',
    '\u001b[31mred\u001b[0m\u0007',
    '\0null\0',
    'lone \uD800 surrogate \uDC00',
    '\r\n\r',
    '"\\"\\\\',
    '__proto__',
    'ä'.repeat(400_000),
    'x'.repeat(5_000_000),
    '',
  ]

  test('anything, and the bytes survive in one line each', async () => {
    const { registry, config, runDir } = bench({
      items: hostile.map((_, index) => ({ prompt: String(index) })),
      answer: (prompt) => hostile[Number(prompt)]!,
    })
    await run(config, { registry, runDir: runDir('a') })
    const records = readLines(join(runDir('a'), 'records.jsonl'))
    expect(records.map(({ output }) => output)).toEqual(hostile)
    const calls = readLines(join(runDir('a'), 'calls.jsonl')) as unknown as {
      item: number
      response: { text: string }
    }[]
    expect(calls.sort((a, b) => a.item - b.item).map(({ response }) => response.text)).toEqual(hostile)
    await run(config, { registry, runDir: runDir('b'), replay: runDir('a') })
    expect(digest(runDir('b'))).toBe(digest(runDir('a')))
  })
})

describe('what is asked', () => {
  test("a model's options, the run's and the probe's, the nearer one wins; repeats move the seed on", async () => {
    const { registry, config, runDir, asked } = bench({
      items: [{ prompt: 'a' }],
      config: {
        model: { type: 'scripted', args: { temperature: 0.1, topP: 0.2, maxTokens: 3 } },
        generation: { topP: 0.5, maxTokens: 4, seed: 10 },
        probe: { type: 'echo', generation: { maxTokens: 5 } },
        repeats: 3,
      },
    })
    await run(config, { registry, runDir: runDir('a'), concurrency: 1 })
    expect(asked.map(({ options }) => options)).toEqual(
      [10, 11, 12].map((seed) => ({ temperature: 0.1, topP: 0.5, maxTokens: 5, seed })),
    )
    const records = readLines(join(runDir('a'), 'records.jsonl')) as unknown as {
      custom: { repeat: number; seed: number; replicate_key: string }
    }[]
    expect(records.map(({ custom }) => [custom.repeat, custom.seed])).toEqual([
      [0, 10],
      [1, 11],
      [2, 12],
    ])
    expect(new Set(records.map(({ custom }) => custom.replicate_key)).size).toBe(3)
  })

  test('without a seed none is sent, and each repeat is a call of its own', async () => {
    const { registry, config, runDir, asked } = bench({ items: [{ prompt: 'a' }], config: { repeats: 3 } })
    await run(config, { registry, runDir: runDir('a') })
    expect(asked).toHaveLength(3)
    expect(asked[0]!.options).toEqual({})
  })

  test('a harness asks every model with every probe; equal models get names of their own', async () => {
    const { registry, directory, runDir } = bench({ items: items(2) })
    registry.probes.register('other', () => ({
      name: 'other',
      version: '2',
      primaryMetric: 'length',
      run: async (model, item) => {
        const output = await model.generate(`again ${(item as { prompt: string }).prompt}`)
        return { output, scores: { length: output.length }, primaryMetric: 'length' }
      },
    }))
    const path = put(
      directory,
      'h.yaml',
      `models:
  - scripted
  - { type: scripted, args: { temperature: 1 } }
  - { type: dummy, name: parrot }
probes: [echo, other]
dataset: { path: data.jsonl }
max_examples: 1
`,
    )
    const result = await run(await loadConfig(path), { registry, runDir: runDir('a') })
    expect(result.total).toBe(6)
    const records = readLines(join(runDir('a'), 'records.jsonl')) as unknown as {
      custom: { harness: { model_id: string; probe_type: string } }
    }[]
    expect(records.map(({ custom: { harness } }) => `${harness.model_id} ${harness.probe_type}`)).toEqual([
      'scripted-1 echo',
      'scripted-1 other',
      'scripted-1 (2) echo',
      'scripted-1 (2) other',
      'parrot echo',
      'parrot other',
    ])
    expect(readManifest(runDir('a'))).toMatchObject({ model: { model_id: 'harness' }, probe: { probe_id: 'harness' } })
  })

  test('probes may stream, chat, and ask side by side', async () => {
    const { registry, config, runDir } = bench({
      items: [{ prompt: 'a' }],
      probe: {
        name: 'echo',
        version: '1',
        primaryMetric: 's',
        async run(model) {
          let streamed = ''
          for await (const piece of model.stream('stream me')) streamed += piece
          const both = await Promise.all([model.generate('slow'), model.chat([{ role: 'user', content: 'fast' }])])
          return { output: [streamed, ...both], scores: { s: 1 }, primaryMetric: 's' }
        },
      },
      answer: async (prompt) => {
        if (prompt === 'slow') await soon(20)
        return `<${prompt}>`
      },
    })
    await run(config, { registry, runDir: runDir('a') })
    const [record] = readLines(join(runDir('a'), 'records.jsonl'))
    expect(record).toMatchObject({ output: ['<stream me>', '<slow>', '<fast>'], output_text: null })
    expect(record!['custom']).toMatchObject({
      output_fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
      calls: [{}, {}, {}],
    })
    const calls = readLines(join(runDir('a'), 'calls.jsonl')) as unknown as { call: number; deltas?: unknown[] }[]
    expect(calls.map(({ call }) => call)).toEqual([0, 2, 1])
    expect(calls[0]!.deltas).toEqual([[expect.any(Number), { type: 'text', text: '<stream me>' }]])
  })
})

describe("a user's own code", () => {
  const model = `import { Model } from ${JSON.stringify(new URL('../../core/dist/bundle/index.js', import.meta.url).href)}
export default class Shouting extends Model {
  constructor(settings) { super('Shouting'); this.mark = settings.mark ?? '!' }
  async generate(prompt, options) { return prompt.toUpperCase() + this.mark + (options?.temperature ?? '') }
  info() { return { name: this.name, provider: 'mine', modelId: 'shouting-1', maxTokens: null, supportsStreaming: false, supportsChat: false, extra: {} } }
}
`
  const probe = `export default (settings) => ({
  name: 'mine', version: '3', primaryMetric: 'loud',
  async run(model, item) {
    const output = await model.generate(item.prompt)
    return { output, scores: { loud: output.endsWith(settings.mark) ? 1 : 0 }, primaryMetric: 'loud' }
  },
})
`

  test('a model and a probe by path, with settings', async () => {
    const { registry, directory, runDir } = bench({ items: [{ prompt: 'hey' }] })
    put(directory, 'my-model.mjs', model)
    put(directory, 'my-probe.mjs', probe)
    const path = put(
      directory,
      'c.yaml',
      `model: { type: ./my-model.mjs, args: { mark: "?", temperature: 1 } }
probe: { type: ./my-probe.mjs, args: { mark: "1" } }
dataset: { path: data.jsonl }
`,
    )
    await run(await loadConfig(path), { registry, runDir: runDir('a') })
    expect(readLines(join(runDir('a'), 'records.jsonl'))[0]).toMatchObject({
      output: 'HEY?1',
      scores: { loud: 1 },
      model: { model_id: 'shouting-1' },
    })
    expect(readManifest(runDir('a'))).toMatchObject({
      custom: {
        plugins: [
          { entry: './my-model.mjs', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
          { entry: './my-probe.mjs', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
        ],
      },
    })
  })

  test.each([
    ['no such file', 'probe: ./none.mjs', /^probe: There is no module \.\/none\.mjs \(/],
    ['no default export', 'probe: ./empty.mjs', /^probe: \.\/empty\.mjs has no default export\.$/],
    ['no probe', 'probe: ./wrong.mjs', /^probe: \.\/wrong\.mjs: its default export is no probe\./],
    ['code that throws', 'probe: ./throws.mjs', /^probe: \.\/throws\.mjs failed to load: boom$/],
    ['a class of another kind', 'model: ./other.mjs', /^model: \.\/other\.mjs: its default export makes no model\./],
  ])('%s: one clear sentence', async (_name, line, message) => {
    const { registry, directory, runDir } = bench({ items: [{ prompt: 'hey' }] })
    put(directory, 'other.mjs', 'export default class { info() {} generate() {} }\n')
    put(directory, 'empty.mjs', 'export const x = 1\n')
    put(directory, 'wrong.mjs', 'export default { name: "x" }\n')
    put(directory, 'throws.mjs', 'throw new Error("boom")\n')
    const path = put(
      directory,
      'c.yaml',
      `${line}\n${line.startsWith('probe') ? 'model: dummy' : 'probe: logic'}\ndataset: { path: data.jsonl }\n`,
    )
    await expect(run(await loadConfig(path), { registry, runDir: runDir('a') })).rejects.toThrow(message)
    expect(readdirSync(directory)).not.toContain('a')
  })
})

test('a concurrency that is none is refused', async () => {
  const { registry, config, runDir } = bench({ items: items(1) })
  for (const concurrency of [0, -1, 1.5, Number.NaN])
    await expect(run(config, { registry, runDir: runDir('a'), concurrency })).rejects.toThrow(
      `concurrency must be a whole number above 0; it is ${concurrency}.`,
    )
})

describe('before anything is written', () => {
  test.each([
    ['an unknown model type', { model: 'scriptd' }, 'model: No model provider "scriptd".'],
    [
      'the second of two models',
      { model: undefined, models: ['scripted', 'nope'] },
      'models[1]: No model provider "nope".',
    ],
    ['an unknown probe', { probe: 'ecko' }, 'probe: No probe "ecko". Registered: echo. Did you mean "echo"?'],
    ['a setting that the model does not know', { model: { type: 'dummy', args: { respons: 'x' } } }, 'respons'],
    ['a missing dataset', { dataset: { path: 'no.jsonl' } }, 'There is no dataset at no.jsonl'],
    [
      'an item without its field',
      { dataset: { path: 'torn.jsonl' } },
      'torn.jsonl:2: the field "prompt" is missing (probe echo).',
    ],
    [
      'a dataset that is not the one asked for',
      { dataset: { path: 'data.jsonl', hash: `sha256:${'0'.repeat(64)}` } },
      'The dataset data.jsonl has changed',
    ],
  ])('%s', async (_name, config, message) => {
    const { registry, directory, config: loaded, runDir } = bench({ items: items(1), config: config as never })
    put(directory, 'torn.jsonl', '{"prompt":"a"}\n{"promt":"b"}\n')
    await expect(run(loaded, { registry, runDir: runDir('a') })).rejects.toThrow(message)
    expect(readdirSync(directory)).not.toContain('a')
  })
})

test('a dataset that changes under the run ends it without a result', async () => {
  const { registry, config, runDir, directory } = bench({
    items: items(3),
    answer: (prompt) => {
      put(directory, 'data.jsonl', '{"prompt":"other"}\n{"prompt":"other"}\n{"prompt":"other"}\n')
      return prompt
    },
  })
  await expect(run(config, { registry, runDir: runDir('a') })).rejects.toThrow(
    'The dataset data.jsonl was changed while the run read it',
  )
  expect(readManifest(runDir('a'))).toMatchObject({ run_completed: false })
})

describe('the end that comes early', () => {
  test('a signal aborts what is under way, keeps what is done, and the run can be resumed', async () => {
    const controller = new AbortController()
    let aborted = 0
    const { registry, config, runDir } = bench({
      items: items(100),
      answer: async (prompt, { signal }) => {
        await new Promise<void>((resolve, reject) => {
          const timer = setTimeout(resolve, 5)
          signal!.addEventListener('abort', () => {
            aborted++
            clearTimeout(timer)
            reject(signal!.reason as Error)
          })
        })
        return `<${prompt}>`
      },
    })
    const result = await run(config, {
      registry,
      runDir: runDir('a'),
      concurrency: 4,
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done >= 20) controller.abort()
      },
    })
    expect(result.status).toBe('stopped')
    expect(aborted).toBeGreaterThan(0)
    const records = readLines(join(runDir('a'), 'records.jsonl'))
    expect(records.length).toBe(result.counts.success)
    expect(records.length).toBeGreaterThan(0)
    expect(records.length).toBeLessThan(100)
    expect(readManifest(runDir('a'))).toMatchObject({ run_completed: false, record_count: records.length })
    expect(readdirSync(runDir('a'))).not.toContain('.insidellms_lock')

    const resumed = await run(config, { registry, runDir: runDir('a'), concurrency: 4, resume: true })
    await run(config, { registry, runDir: runDir('whole') })
    expect(resumed.status).toBe('completed')
    expect(digest(runDir('a'))).toBe(digest(runDir('whole')))
  })

  test('progress counts, and ends with everything done', async () => {
    const seen: number[] = []
    const { registry, config, runDir } = bench({ items: items(30), answer: (prompt) => soon(1).then(() => prompt) })
    await run(config, { registry, runDir: runDir('a'), onProgress: ({ done, total }) => seen.push(done / total) })
    expect(seen.at(-1)).toBe(1)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
  })
})

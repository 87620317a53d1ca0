import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { InsideLLMsError } from '@insidellms/core'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { configJsonSchema } from '../src/config/config-json-schema.ts'
import { loadConfig, parseConfig } from '../src/config/load-config.ts'

/** The YAML of the design, verbatim. */
const seed = `model: { type: openai, args: { model_name: gpt-4o, temperature: 0.7 } }
probe: { type: logic }
dataset: { format: jsonl, path: data.jsonl }
generation: { max_tokens: 200, seed: 7 }
`
const base = 'model: dummy\nprobe: logic\ndataset: { path: d.jsonl }\n'

function problem(text: string, environment: Record<string, string> = {}): string {
  try {
    parseConfig(text, { environment })
  } catch (error) {
    expect(InsideLLMsError.isInstance(error) && error.code).toBe('config')
    return (error as Error).message
  }
  throw new Error('It was accepted.')
}

describe('what a config may say', () => {
  test('the seed, with every default filled in', () => {
    expect(parseConfig(seed).config).toEqual({
      models: [{ type: 'openai', args: { modelName: 'gpt-4o', temperature: 0.7 } }],
      probes: [{ type: 'logic', args: {}, generation: {} }],
      dataset: { format: 'jsonl', path: 'data.jsonl', args: {} },
      generation: { maxTokens: 200, seed: 7 },
      repeats: 1,
      concurrency: 8,
      confidenceLevel: 0.95,
    })
  })

  test('camelCase means the same as snake_case', () => {
    const camel = seed.replace('model_name', 'modelName').replace('max_tokens', 'maxTokens')
    expect(parseConfig(camel).config).toEqual(parseConfig(seed).config)
  })

  test('JSON, and a byte order mark', () => {
    expect(parseConfig(`\uFEFF${JSON.stringify(parse(seed))}`).config).toEqual(parseConfig(seed).config)
  })

  test('short forms, and plural forms for a harness', () => {
    const { config } = parseConfig(
      'models: [openai:gpt-4o, dummy]\nprobes: [logic, { type: bias }]\ndataset: { path: d.csv }\n',
    )
    expect(config.models).toEqual([
      { type: 'openai:gpt-4o', args: {} },
      { type: 'dummy', args: {} },
    ])
    expect(config.probes.map(({ type }) => type)).toEqual(['logic', 'bias'])
  })

  test('an object made by a program', () => {
    const { config } = parseConfig({ model: 'dummy', probe: 'logic', dataset: { path: 'd.jsonl' } })
    expect(config).toEqual(parseConfig(base).config)
  })

  test("what goes to a vendor verbatim keeps its spelling, and a tool's schema too", () => {
    const { config } = parseConfig(`${base}generation:
  provider_options: { safe_prompt: true, nested_part: { deep_key: 1 } }
  reasoning: { budget_tokens: 5 }
  response_format: { type: json_schema, schema: { properties: { my_field: { type: string } } } }
`)
    expect(config.generation).toEqual({
      providerOptions: { safe_prompt: true, nested_part: { deep_key: 1 } },
      reasoning: { budgetTokens: 5 },
      responseFormat: { type: 'json_schema', schema: { properties: { my_field: { type: 'string' } } } },
    })
  })

  test('a resolved config can be loaded again and means the same', () => {
    const { shown, config } = parseConfig(seed)
    expect(parseConfig(shown as never).config).toEqual(config)
  })
})

describe('what a config may not say', () => {
  test.each([
    [
      'an unknown key',
      `${base}max_example: 3\n`,
      'config:4:1: Unknown key "max_example". Did you mean "max_examples"?',
    ],
    ['in camelCase too', `${base}concurency: 3\n`, 'config:4:1: Unknown key "concurency". Did you mean "concurrency"?'],
    [
      'deeper down',
      `${base}generation:\n  max_token: 200\n`,
      'config:5:3: Unknown key "max_token" in generation. Did you mean "max_tokens"?',
    ],
    [
      'in JSON, where nothing is near',
      '{"model": "dummy", "probe": {"type": "logic",\n  "zzzzzz": 1}, "dataset": {"path": "x"}}',
      'config:2:3: Unknown key "zzzzzz" in probe. Known here: type, name, args, generation, dataset.',
    ],
    ['a wrong type', `${base}concurrency: many\n`, 'config:4:14: concurrency must be a number; it is the text "many".'],
    ['a fraction', `${base}repeats: 1.5\n`, 'config:4:10: repeats must be a whole number; it is the number 1.5.'],
    ['too little', `${base}repeats: 0\n`, 'config:4:10: repeats must be at least 1; it is the number 0.'],
    [
      'too much',
      `${base}confidence_level: 95\n`,
      'config:4:19: confidenceLevel must be less than 1; it is the number 95.',
    ],
    ['a value left out', `${base}repeats:\n`, 'config:4:9: repeats must be a number; it is empty.'],
    [
      'a word that is none of the known ones',
      `${base}generation: { reasoning: { effort: hugh } }\n`,
      'config:4:36: generation.reasoning.effort must be one of none, minimal, low, medium, high, xhigh; it is the text "hugh".',
    ],
    [
      "an option among a model's args",
      'model: { type: dummy, args: { temperature: hot } }\nprobe: logic\ndataset: { path: x }\n',
      'config:1:44: model.args.temperature must be a number; it is the text "hot".',
    ],
    [
      'a key that is missing',
      'model: { args: {} }\nprobe: logic\ndataset: { path: x }\n',
      'config:1:8: model.type is missing.',
    ],
    [
      'no model',
      'probe: logic\ndataset: { path: x }\n',
      'config:1:1: model is missing: give model, or models for a harness.',
    ],
    ['model and models', `${base}models: [dummy]\n`, 'config:4:1: Give model or models, not both.'],
    [
      'one key in both spellings',
      `${base}generation: { max_tokens: 1, maxTokens: 2 }\n`,
      'config:4:30: "maxTokens" says again what "max_tokens" says.',
    ],
    ['one key twice', `${base}probe: logic\n`, 'config:4:1: Map keys must be unique.'],
    ['nothing', '', 'config:1:1: The config must be an object; it is empty.'],
    ['a list', '- model\n', 'config:1:1: The config must be an object; it is a list.'],
    [
      'a key that would reach a prototype',
      `${base}__proto__: { polluted: true }\n`,
      'config:4:1: Unknown key "__proto__". Did you mean "probe"?',
    ],
  ])('%s', (_name, text, message) => {
    expect(problem(text)).toBe(message)
  })

  test('several things at once: a sentence each, in the order of the text', () => {
    expect(problem(`${base}repeats: no\ngeneration: { seed: 0.5 }\nplugin: []\n`).split('\n')).toEqual([
      'config:4:10: repeats must be a number; it is the text "no".',
      'config:5:21: generation.seed must be a whole number; it is the number 0.5.',
      'config:6:1: Unknown key "plugin". Did you mean "plugins"?',
    ])
  })

  test('broken YAML: where it breaks', () => {
    expect(problem('model: [1\n')).toMatch(/^config:2:1: Flow sequence/)
  })

  test('aliases that multiply into millions', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((name, at) => `${name}: &${name} [${`*${'abcdefgh'[at]},`.repeat(9)}]`),
    ]
    expect(problem(bomb.join('\n'))).toMatch(/alias/i)
  })
})

describe('a config file', () => {
  test('messages name it as it was given, and paths start at its folder', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'insidellms-config-'))
    const path = join(directory, 'exp.yaml')
    await writeFile(path, `${base}repeat: 2\n`)
    await expect(loadConfig(path)).rejects.toThrow(`${path}:4:1: Unknown key "repeat". Did you mean "repeats"?`)
    await writeFile(path, base)
    expect((await loadConfig(path)).directory).toBe(directory)
  })

  test('that is not there, or is a directory', async () => {
    await expect(loadConfig('no/such.yaml')).rejects.toThrow(
      'Cannot read the config no/such.yaml: there is no such file.',
    )
    await expect(loadConfig(tmpdir())).rejects.toThrow('it is a directory.')
  })
})

describe('the environment', () => {
  const withKey = `model: { type: openai, args: { api_key: "\${KEY}", model_name: "\${NAME}" } }
probe: logic
dataset: { path: "\${HOME}/d.jsonl" }
repeats: \${TIMES}
`
  const environment = { KEY: 'sk-123456789', NAME: 'gpt-4o', HOME: '/home/ada', TIMES: '3' }

  test('fills ${VAR}, as a number where one is wanted', () => {
    const { config } = parseConfig(withKey, { environment })
    expect(config.models[0]!.args).toEqual({ apiKey: 'sk-123456789', modelName: 'gpt-4o' })
    expect(config.dataset?.path).toBe('/home/ada/d.jsonl')
    expect(config.repeats).toBe(3)
  })

  test('is secret in settings, but for the name of the model', () => {
    const { shown, secrets } = parseConfig(withKey, { environment })
    expect(secrets).toEqual(['sk-123456789'])
    expect(shown['models']).toEqual([{ type: 'openai', args: { apiKey: '${KEY}', modelName: 'gpt-4o' } }])
  })

  test('a variable that is not set or empty is named, with its place', () => {
    expect(problem(withKey, { ...environment, KEY: '' })).toBe(
      'config:1:41: model.args.apiKey reads the environment variable KEY, which is empty. Set it, or write the value here.',
    )
    const { KEY: _, ...rest } = environment
    expect(problem(withKey, rest)).toMatch(/variable KEY, which is not set/)
  })

  test('need not have the secrets where nobody is asked: the run is the same one', () => {
    const { KEY: _, ...rest } = environment
    for (const without of [rest, { ...rest, KEY: '' }]) {
      const { shown, secrets } = parseConfig(withKey, { environment: without, asks: false })
      expect(shown).toEqual(parseConfig(withKey, { environment }).shown)
      expect(secrets).toEqual([])
    }
    // What is no secret is a part of what was asked.
    const { TIMES: __, ...others } = environment
    expect(() => parseConfig(withKey, { environment: others, asks: false })).toThrow(/variable TIMES, which is not set/)
    const wrong = withKey.replace('{KEY}', '{A KEY}')
    expect(() => parseConfig(wrong, { environment, asks: false })).toThrow('names no environment variable')
  })

  test('never shows in a message', () => {
    const text = `${base}repeats: \${KEY}\n`
    expect(problem(text, environment)).toBe('config:4:10: repeats must be a number; it is the text "[redacted]".')
  })

  test('$${VAR} is a plain ${VAR}', () => {
    const { config, secrets } = parseConfig(
      'model: { type: dummy, args: { response: "$${x}" } }\nprobe: logic\ndataset: { path: d }\n',
    )
    expect(config.models[0]!.args).toEqual({ response: '${x}' })
    expect(secrets).toEqual([])
  })

  test('a key that is written out is a secret too', () => {
    const { config, shown, secrets } = parseConfig({
      model: {
        type: 'x',
        args: { apiKey: 'sk-abcdef', defaultHeaders: { Authorization: 'Bearer zzzz' }, maxTokens: 5 },
      },
      probe: 'logic',
      dataset: { path: 'd' },
    })
    expect(secrets).toEqual(['sk-abcdef', 'Bearer zzzz'])
    expect(config.models[0]!.args['apiKey']).toBe('sk-abcdef')
    expect(JSON.stringify(shown)).not.toMatch(/sk-abcdef|zzzz/)
  })
})

describe('the published JSON Schema', () => {
  const published = JSON.parse(readFileSync(new URL('../schema/config.schema.json', import.meta.url), 'utf8')) as object
  const validate = new Ajv2020({ strict: false }).compile(published)

  test('is current: `pnpm run schema` writes it', () => {
    expect(published).toEqual(JSON.parse(JSON.stringify(configJsonSchema())))
  })

  test.each([
    ['the seed', parse(seed) as object, true],
    ['both spellings', { model: 'dummy', probe: 'logic', dataset: { path: 'x' }, maxExamples: 2 }, true],
    ['an unknown key', { model: 'dummy', probe: 'logic', dataset: { path: 'x' }, max_example: 2 }, false],
    ['no model', { probe: 'logic', dataset: { path: 'x' } }, false],
    ['model and models', { model: 'a', models: ['b'], probe: 'logic', dataset: { path: 'x' } }, false],
    ['a wrong type', { model: 'a', probe: 'logic', dataset: { path: 'x' }, repeats: '3' }, false],
  ])('judges %s as the loader does', (_name, config, valid) => {
    expect(validate(config)).toBe(valid)
    const load = (): unknown => parseConfig(config as never)
    if (valid) expect(load()).toHaveProperty('config')
    else expect(load).toThrow(/^config: /)
  })
})

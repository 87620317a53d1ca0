import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, config, dataset, inProject } from './support.ts'

describe('run and diff', () => {
  it('write a run, and show what another one changed', async () => {
    await inProject({ 'a.yaml': config('yes'), 'b.yaml': config('no'), 'data.jsonl': dataset }, async (directory) => {
      const at = (name: string): string => join(directory, name)
      const first = await cli('--project', directory, 'run', at('a.yaml'), '--run-dir', at('first'))
      expect(first).toMatchObject({ code: 0 })
      expect(first.out).toMatch(/dummy +logic +accuracy +50\.0 %/)
      expect(first.out).toContain(`Done: 2 of 2 items · 0 errors`)
      expect(await cli('--project', directory, 'harness', at('b.yaml'), '--run-dir', at('second'))).toMatchObject({
        code: 0,
      })

      const diff = await cli('diff', at('first'), at('second'))
      expect(diff).toMatchObject({ code: 0, err: '' })
      expect(diff.out).toContain('2 of 2 items changed')
      expect((await cli('diff', at('first'), at('second'), '--fail-on', 'regressions')).code).toBe(2)
      expect(
        (await cli('diff', at('first'), at('first'), '--fail-on', 'changes', '--fail-on', 'regressions')).code,
      ).toBe(0)

      await cli('diff', at('first'), at('second'), '--format', 'json', '--output', at('diff.json'))
      const report = JSON.parse(await readFile(at('diff.json'), 'utf8'))
      expect(report.counts).toMatchObject({ common: 2, regressions: 1, improvements: 1 })
      expect(await cli('validate', at('first'))).toMatchObject({ code: 0 })

      expect(await cli('verify', at('first'))).toMatchObject({ code: 0 })
      const records = await readFile(at('first/records.jsonl'), 'utf8')
      await writeFile(at('first/records.jsonl'), records.replace('"accuracy":1', '"accuracy":0'))
      const verified = await cli('verify', at('first'))
      expect(verified.code).toBe(1)
      expect(verified.out).toMatch(/records\.jsonl:1 touched: a, in .*scores/)
    })
  })

  it('are shown on a page and exported, and the run stays valid and intact with both in it', async () => {
    await inProject({ 'a.yaml': config('yes'), 'b.yaml': config('no'), 'data.jsonl': dataset }, async (directory) => {
      const at = (name: string): string => join(directory, name)
      const ran = await cli('--no-plugins', 'run', at('a.yaml'), '--run-dir', at('first'), '--report')
      expect(ran.out).toContain(`Report: ${at('first/report.html')}\n`)
      await cli('--no-plugins', 'run', at('b.yaml'), '--run-dir', at('second'))
      expect(await readFile(at('first/report.html'), 'utf8')).toMatch(/^<!doctype html>/i)

      const both = await cli('report', at('first'), at('second'), '--output', at('both.html'), '--title', 'Yes or no')
      expect(both).toMatchObject({ code: 0, err: '' })
      expect(both.out).toMatch(/both\.html: 4 records, \d/)
      expect(await readFile(at('both.html'), 'utf8')).toContain('Yes or no')

      const csv = await cli('export', at('first'), '--format', 'csv')
      expect(csv).toMatchObject({ code: 0, out: `${at('first/records.csv')}\nExported 2 records.\n` })
      expect((await readFile(at('first/records.csv'), 'utf8')).trim().split('\n')).toHaveLength(3)
      expect((await cli('export', at('first'), '--format', 'parquet', '--output', at('x.parquet'))).code).toBe(0)
      expect((await readFile(at('x.parquet'))).subarray(0, 4).toString()).toBe('PAR1')
      expect((await cli('export', at('first'), '--format', 'inspect', '--output', at('logs'))).code).toBe(0)

      expect(await cli('validate', at('first'))).toMatchObject({ code: 0 })
      expect(await cli('verify', at('first'))).toMatchObject({ code: 0 })
      expect((await cli('report', at('none'))).code).toBe(1)
    })
  })

  it('are compared at the level that is asked for', async () => {
    await inProject({ 'a.yaml': config('yes'), 'b.yaml': config('no'), 'data.jsonl': dataset }, async (directory) => {
      const at = (name: string): string => join(directory, name)
      await cli('--no-plugins', 'run', at('a.yaml'), '--run-dir', at('first'))
      await cli('--no-plugins', 'run', at('b.yaml'), '--run-dir', at('second'))
      const diff = async (...args: string[]) =>
        JSON.parse((await cli('diff', at('first'), at('second'), '--format', 'json', ...args)).out)
      const report = await diff('--alpha', '0.2', '--confidence', '0.8', '--limit', '1')
      expect(report.statistics).toMatchObject({ alpha: 0.2, confidence: 0.8 })
      expect(report.items).toHaveLength(1)
      expect(report.counts.common).toBe(2)
      expect((await diff()).items).toHaveLength(2)
    })
  })

  it('resume a run, and replay it without asking anybody', async () => {
    await inProject({ 'a.yaml': config('yes'), 'data.jsonl': dataset }, async (directory) => {
      const at = (name: string): string => join(directory, name)
      const run = (...args: string[]) => cli('--no-plugins', 'run', at('a.yaml'), ...args)
      expect(await run('--run-dir', at('whole'))).toMatchObject({ code: 0 })
      const whole = await readFile(at('whole/records.jsonl'), 'utf8')

      await cp(at('whole'), at('torn'), { recursive: true })
      await rm(at('torn/manifest.json'))
      await writeFile(at('torn/records.jsonl'), whole.slice(0, whole.indexOf('\n') + 20))
      expect(await run('--run-dir', at('torn'), '--resume')).toMatchObject({ code: 0, err: '' })
      expect(await readFile(at('torn/records.jsonl'), 'utf8')).toBe(whole)

      expect(await run('--run-dir', at('replayed'), '--replay', at('whole'))).toMatchObject({ code: 0 })
      expect(await readFile(at('replayed/records.jsonl'), 'utf8')).toBe(whole)
    })
  })

  it('are reproduced: what moved, the run again, and whether it came out the same', async () => {
    await inProject({ 'a.yaml': config('yes'), 'data.jsonl': dataset }, async (directory) => {
      const at = (name: string): string => join(directory, name)
      await cli('--no-plugins', 'run', at('a.yaml'), '--run-dir', at('first'))
      const same = await cli('--no-plugins', 'reproduce', at('first'), '--quiet')
      expect(same).toMatchObject({ code: 0, err: '' })
      expect(same.out).toMatch(/^Nothing moved: \d+ facts are what they were\.$/m)
      expect(same.out).toContain(at('first-reproduced'))
      expect(same.out).toContain('2 unchanged')

      // The same config and dataset, asked again of a model that answers otherwise now.
      const manifest = JSON.parse(await readFile(at('first/manifest.json'), 'utf8'))
      manifest.custom.versions.node = '22.18.0'
      await writeFile(at('first/manifest.json'), JSON.stringify(manifest))
      const records = await readFile(at('first/records.jsonl'), 'utf8')
      await writeFile(at('first/records.jsonl'), records.replaceAll(':"yes"', ':"no"'))
      const differs = await cli('--no-plugins', 'reproduce', at('first'), '--ask', '--run-dir', at('asked'))
      expect(differs.code).toBe(2)
      expect(differs.out).toMatch(/^1 of \d+ facts moved\.$/m)
      expect(differs.out).toMatch(/^Node\.js +22\.18\.0 +\d+\.\d+\.\d+$/m)
      expect(differs.out).toContain('2 of 2 items changed')

      await writeFile(at('data.jsonl'), `${dataset}{"id":"c","question":"Is ice warm?"}\n`)
      const other = await cli('--no-plugins', 'reproduce', at('first'), '--overwrite')
      expect(other.code).toBe(1)
      expect(other.out).toMatch(/^dataset data\.jsonl +sha256:[0-9a-f]{12} +sha256:[0-9a-f]{12}$/m)
      expect(other.err).toContain('is not what the run asked')
    })
  })

  it('are looked at before they begin: --dry-run asks nobody, --strict refuses a floating name', async () => {
    const model = `import { appendFileSync } from 'node:fs'
    export default {
      specVersion: 1,
      supports: ['maxTokens'],
      info: () => ({ name: 'm', provider: 'openai', modelId: 'gpt-4o', maxTokens: 60, supportsStreaming: false, supportsChat: true, extra: {} }),
      async respond() {
        appendFileSync(new URL('asked', import.meta.url), '.')
        return { parts: [{ type: 'text', text: 'yes' }], finish: { kind: 'stop', raw: null }, served: {} }
      },
    }\n`
    const yaml = `model: { type: ./model.mjs }
probe: { type: logic }
dataset: { path: data.jsonl }
generation: { max_tokens: 100 }
repeats: 3
`
    await inProject({ 'a.yaml': yaml, 'model.mjs': model, 'data.jsonl': dataset }, async (directory) => {
      const at = (name: string): string => join(directory, name)
      const run = (...args: string[]) => cli('--no-plugins', 'run', at('a.yaml'), '--run-dir', at('r'), ...args)
      const dry = await run('--dry-run')
      expect(dry).toMatchObject({ code: 0, err: '' })
      expect(dry.out).toMatch(/^6 records; nobody was asked\.$/m)
      expect(dry.out).toMatch(/^gpt-4o +6 +~\d+ +up to 600 +up to 0\.00\d+ +~\d\d +60$/m)
      expect(dry.out).toMatch(/^Warning: gpt-4o: an alias .*gpt-4o-2024-08-06\.$/m)
      expect(dry.out).toMatch(/^Warning: gpt-4o: the longest prompt needs about \d\d tokens and 100 for the answer/m)
      expect(dry.out).toMatch(/^Prices: @pydantic\/genai-prices \S+, whose newest date is [\d-]{10}, \d+ days? ago\.$/m)
      expect((await run('--dry-run', '--strict')).code).toBe(1)

      const strict = await run('--strict')
      expect(strict).toMatchObject({ code: 1, out: '' })
      expect(strict.err).toMatch(/^insidellms: A strict run is refused: gpt-4o: an alias/)
      await expect(readFile(at('asked'))).rejects.toThrow('ENOENT')
      await expect(readFile(at('r/manifest.json'))).rejects.toThrow('ENOENT')

      const ran = await run()
      expect(ran.code).toBe(0)
      expect(ran.err).toMatch(/^Warning: gpt-4o: an alias [^\n]*\n$/)
      expect(await readFile(at('asked'), 'utf8')).toBe('......')
    })
  })

  it('take only the first items with --limit', async () => {
    await inProject({ 'a.yaml': config('yes'), 'data.jsonl': dataset }, async (directory) => {
      const { out } = await cli(
        '--no-plugins',
        'run',
        join(directory, 'a.yaml'),
        '--run-dir',
        join(directory, 'r'),
        '--limit',
        '1',
      )
      expect(out).toContain('1 of 1 items')
    })
  })

  it('end with 1 when every item failed', async () => {
    const failing = `export default class extends Object {
      name = 'broken'
      async generate() { throw new Error('it is broken') }
      info() { return { name: 'broken', provider: 'test', modelId: 'broken', maxTokens: null, supportsStreaming: false, supportsChat: false, extra: {} } }
      async respond() { throw new Error('it is broken') }
      async close() {}
    }\n`
    const yaml = 'model: { type: ./broken.mjs }\nprobe: { type: logic }\ndataset: { path: data.jsonl }\n'
    await inProject({ 'a.yaml': yaml, 'broken.mjs': failing, 'data.jsonl': dataset }, async (directory) => {
      const { code, out } = await cli(
        '--no-plugins',
        'run',
        join(directory, 'a.yaml'),
        '--run-dir',
        join(directory, 'r'),
      )
      expect(out).toContain('2 errors')
      expect(code).toBe(1)
    })
  })
})

describe('what is wrong is said in one sentence, with the right exit code', () => {
  const yaml = config('yes')
  const cases: [string, Record<string, string>, number, RegExp][] = [
    [
      'an unknown key',
      { 'a.yaml': yaml.replace('probe:', 'prob:') },
      1,
      /a\.yaml:2:1: Unknown key "prob"\. Did you mean "probe"\?/,
    ],
    ['a wrong type', { 'a.yaml': `${yaml}concurrency: many\n` }, 1, /a\.yaml:4:14: .*concurrency/],
    ['a missing dataset', { 'a.yaml': yaml }, 1, /data\.jsonl/],
    ['a torn line', { 'a.yaml': yaml, 'data.jsonl': `${dataset}{"id": "c", "quest` }, 1, /data\.jsonl:3/],
    ['a missing field', { 'a.yaml': yaml, 'data.jsonl': `${dataset}{"id": "c"}\n` }, 1, /data\.jsonl:3.*question/],
    [
      'an unknown model',
      { 'a.yaml': yaml.replace('dummy', 'dumy'), 'data.jsonl': dataset },
      1,
      /No model provider "dumy".*Did you mean "dummy"\?/,
    ],
    [
      'a missing provider',
      { 'a.yaml': yaml.replace('dummy', 'openai'), 'data.jsonl': dataset },
      1,
      /@insidellms\/provider-openai/,
    ],
    [
      'a missing variable',
      { 'a.yaml': yaml.replace('"yes"', '"${INSIDELLMS_TEST_UNSET}"'), 'data.jsonl': dataset },
      1,
      /a\.yaml:1:\d+: .*INSIDELLMS_TEST_UNSET/,
    ],
    ['no config', {}, 1, /a\.yaml: there is no such file/],
  ]

  it.for(cases)('%s', async ([, files, expected, message]) => {
    await inProject(files, async (directory) => {
      const runDir = join(directory, 'run')
      const { code, err, out } = await cli(
        '--project',
        directory,
        'run',
        join(directory, 'a.yaml'),
        '--run-dir',
        runDir,
      )
      expect(err).toMatch(message)
      expect(err).not.toMatch(/\n {4}at /)
      expect(err.trim().split('\n')).toHaveLength(1)
      expect({ code, out }).toEqual({ code: expected, out: '' })
      await expect(readFile(join(runDir, 'records.jsonl'))).rejects.toThrow('ENOENT')
    })
  })

  it('a run directory that is not empty is kept as it is', async () => {
    await inProject({ 'a.yaml': config('yes'), 'data.jsonl': dataset }, async (directory) => {
      const args = ['--no-plugins', 'run', join(directory, 'a.yaml'), '--run-dir', join(directory, 'r')]
      await cli(...args)
      const before = await readFile(join(directory, 'r', 'records.jsonl'))
      const again = await cli(...args)
      expect(again.code).toBe(1)
      expect(again.err).toContain('holds a run already')
      expect(await readFile(join(directory, 'r', 'records.jsonl'))).toEqual(before)
      expect((await cli(...args, '--overwrite')).code).toBe(0)
    })
  })

  it.for([
    ['foo'],
    ['run'],
    ['list', 'things'],
    ['diff', 'one'],
    ['run', 'a.yaml', '--concurrency', '0'],
    ['diff', 'a', 'b', '--fail-on', 'everything'],
    ['diff', 'a', 'b', '--alpha', '5'],
    ['diff', 'a', 'b', '--seed', 'one'],
    ['report'],
    ['reproduce'],
    ['report', 'a', '--confidence', '1'],
    ['export', 'a'],
    ['export', 'a', '--format', 'xlsx'],
    ['run', 'a.yaml', '--retry-errors'],
    ['run', 'a.yaml', '--allow-new'],
    ['run', 'a.yaml', '--strict', '--replay', 'r'],
    ['run', 'a.yaml', '--dry-run', '--replay', 'r'],
    ['quicktest', 'Hi', '--model-args', '{"a"'],
    ['quicktest', 'Hi', '--temperature', 'warm'],
  ])('usage: %j gives 64', async (args) => {
    const { code, err } = await cli('--no-plugins', ...args)
    expect(code).toBe(64)
    expect(err).not.toBe('')
  })

  it('diff of what is no run gives 1', async () => {
    await inProject({}, async (directory) => {
      expect(await cli('diff', join(directory, 'x'), join(directory, 'y'))).toMatchObject({
        code: 1,
        err: expect.stringContaining('x'),
      })
    })
  })
})

describe('the small commands', () => {
  it('quicktest streams an answer, and says what is known of it apart', async () => {
    const { code, out, err } = await cli(
      '--no-plugins',
      'quicktest',
      '2+2?',
      '--model',
      'dummy',
      '--model-args',
      '{"response": "4"}',
    )
    expect({ code, out }).toEqual({ code: 0, out: '4\n' })
    expect(err).toMatch(/^dummy · stop · \d+ ms\n$/)
  })

  it('list names what is there and where it is from', async () => {
    expect((await cli('--no-plugins', 'list', 'models')).out).toBe('dummy  built in\n')
    expect((await cli('--no-plugins', 'list', 'probes')).out).toMatch(/^logic +@insidellms\/probes/m)
    expect(JSON.parse((await cli('--no-plugins', 'list', 'models', '--json')).out)).toEqual([
      { name: 'dummy', builtin: true, loaded: true },
    ])
  })

  it('info shows a model without asking it', async () => {
    const { out } = await cli('--no-plugins', 'info', 'dummy:small', '--json')
    expect(JSON.parse(out)).toMatchObject({ modelId: 'small', provider: 'dummy' })
  })

  it('plugins says why one was left out, and doctor fails for it', async () => {
    await inProject({}, async (directory) => {
      const { mkdir } = await import('node:fs/promises')
      await writeFile(join(directory, 'package.json'), '{ "dependencies": { "bad-plugin": "1.0.0" } }')
      await mkdir(join(directory, 'node_modules', 'bad-plugin'), { recursive: true })
      await writeFile(
        join(directory, 'node_modules', 'bad-plugin', 'package.json'),
        '{ "name": "bad-plugin", "version": "1.0.0", "insidellms": { "apiVersion": 1, "plugin": "../../evil.js", "provides": { "models": ["bad"] } } }',
      )
      const plugins = await cli('--project', directory, 'plugins')
      expect(plugins.out).toMatch(/bad-plugin 1\.0\.0 +skipped/)
      const doctor = await cli('--project', directory, 'doctor')
      expect(doctor.code).toBe(1)
      expect(doctor.out).toMatch(/NO +bad-plugin/)
    })
  })

  it('init writes a config that runs, and overwrites nothing', async () => {
    await inProject({}, async (directory) => {
      const where = join(directory, 'study')
      expect((await cli('init', where)).code).toBe(0)
      const run = await cli('--no-plugins', 'run', join(where, 'insidellms.yaml'), '--run-dir', join(directory, 'r'))
      expect(run.code).toBe(0)
      expect((await cli('init', where)).out).toContain('Kept')
    })
  })

  it('prints help and version with 0', async () => {
    expect(await cli('--help')).toMatchObject({ code: 0, out: expect.stringContaining('quicktest') })
    expect((await cli('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

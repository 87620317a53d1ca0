import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, config, dataset, inProject } from './support.ts'

const readme = readFileSync(new URL('../../probes/README.md', import.meta.url), 'utf8').replaceAll('\r\n', '\n')
const example = (name: string): string =>
  new RegExp(`^\`\`\`js\\n// ${name}.*\\n([\\s\\S]*?)^\`\`\``, 'm').exec(readme)![1]!

interface Row {
  output_text: string
  scores: object
  probe: object
  dataset: { dataset_id: string }
}

function records(runDir: string): Row[] {
  const lines = readFileSync(join(runDir, 'records.jsonl'), 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Row)
}

describe("the README's probe of your own", () => {
  it('has at most 15 lines', () => {
    expect(example('my-probe.js').trim().split('\n').length).toBeLessThanOrEqual(15)
  })

  it('runs by path, with its settings and its hash on record', async () => {
    const files = {
      'my-probe.mjs': example('my-probe.js'),
      'study.yaml': config('one two three').replace('{ type: logic }', '{ type: ./my-probe.mjs, args: { most: 2 } }'),
      'data.jsonl': dataset,
    }
    await inProject(files, async (directory) => {
      const runDir = join(directory, 'run')
      const { code, err } = await cli('run', join(directory, 'study.yaml'), '--run-dir', runDir, '--quiet')
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(records(runDir)[0]).toMatchObject({
        output_text: 'one two three',
        scores: { brief: 0 },
        probe: { probe_id: 'brevity', probe_version: '1', params: { most: 2 } },
        custom: { explanation: '3 words, at most 2.' },
      })
      expect(JSON.parse(readFileSync(join(runDir, 'manifest.json'), 'utf8'))).toMatchObject({
        custom: { plugins: [{ entry: './my-probe.mjs', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }] },
      })
    })
  })

  it('is found by its name in a plugin that the project depends on, with its dataset format', async () => {
    const study = `model: { type: dummy, args: { response: one } }
probe: { type: brevity }
dataset: { format: riddles, args: { about: rain } }
`
    await inProject({ 'study.yaml': study }, async (directory) => {
      const name = 'insidellms-probe-brevity'
      const folder = join(directory, 'node_modules', name)
      const [, field] = /named by "insidellms": (\{[\s\S]*?\}) in package\.json/.exec(readme)!
      mkdirSync(folder, { recursive: true })
      const insidellms: unknown = JSON.parse(field!.replaceAll('\n//', ''))
      const manifest = { name, version: '1.2.3', type: 'module', insidellms }
      writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
      writeFileSync(join(folder, 'my-probe.js'), example('my-probe.js'))
      writeFileSync(join(folder, 'plugin.js'), example('plugin.js').replace(/^\/\/.*\n/m, ''))
      writeFileSync(join(directory, 'package.json'), JSON.stringify({ devDependencies: { [name]: '1.2.3' } }))
      const runDir = join(directory, 'run')
      const args = ['--project', directory, 'run', join(directory, 'study.yaml'), '--run-dir', runDir, '--quiet']
      const { code, err } = await cli(...args)
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(records(runDir)).toMatchObject([
        { example_id: 'a', scores: { brief: 1 }, dataset: { dataset_id: 'riddles:rain' } },
      ])
      expect(JSON.parse(readFileSync(join(runDir, 'manifest.json'), 'utf8'))).toMatchObject({
        custom: { plugins: expect.arrayContaining([expect.objectContaining({ name, version: '1.2.3' })]) },
      })
    })
  })
})

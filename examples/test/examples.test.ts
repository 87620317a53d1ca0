import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { PluginRegistry } from '@insidellms/core'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The fenced blocks of a document in one language. */
function blocks(file: string, language: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code]) => code!)
}

describe('README.md', () => {
  it('has a first example that prints what it says', () => {
    // Beside this file, so that its imports find the workspace's packages.
    const file = join(root, 'examples', `first-example-${process.pid}.ts`)
    writeFileSync(file, blocks('README.md', 'ts')[0]!)
    try {
      const { stdout, stderr, status } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
      expect(stdout).toBe('cold\napple river\nyellow (stop, insidellms-tiny Q8_0, seed sent)\n')
    } finally {
      rmSync(file)
    }
  })

  it('has a custom model that works', async () => {
    const code = blocks('README.md', 'ts').find((block) => block.includes('extends Model'))!
    const file = join(root, 'examples', `custom-model-${process.pid}.ts`)
    writeFileSync(file, code)
    try {
      const { default: Shouting } = (await import(pathToFileURL(file).href)) as {
        default: new () => { chat(messages: object[]): Promise<string> }
      }
      expect(await new Shouting().chat([{ role: 'user', content: 'hello' }])).toBe('HELLO')
    } finally {
      rmSync(file)
    }
  })
})

describe('CONTRIBUTING.md', () => {
  it('has a whole provider that is found and runs', async () => {
    const project = mkdtempSync(join(tmpdir(), 'insidellms-contributing-'))
    try {
      const folder = join(project, 'node_modules', 'insidellms-provider-echo')
      const { mkdirSync } = await import('node:fs')
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(project, 'package.json'), '{ "dependencies": { "insidellms-provider-echo": "1.0.0" } }')
      writeFileSync(join(folder, 'package.json'), blocks('CONTRIBUTING.md', 'json')[0]!)
      writeFileSync(join(folder, 'plugin.js'), blocks('CONTRIBUTING.md', 'js')[0]!)
      const registry = new PluginRegistry()
      await registry.discover({ project })
      expect(await (await registry.models.get('echo')).generate('Hello?')).toBe('Hello?')
    } finally {
      rmSync(project, { recursive: true, force: true })
    }
  })
})

describe('npm run demo', () => {
  it('probes a model and its rounded twin, and shows what the rounding changed', () => {
    const { stdout, status } = spawnSync(process.execPath, [join(root, 'examples/demo.mjs')], { encoding: 'utf8' })
    expect(status).toBe(0)
    for (const probe of ['logic', 'factuality', 'instruction_following'])
      expect(stdout).toMatch(new RegExp(`^tiny +${probe} +\\w+ +\\d+\\.\\d % +\\[\\d`, 'm'))
    expect(stdout).toMatch(/backend changed: \d+ of 358 items changed; served\.quantization/)
    expect(stdout).toContain('served.quantization: F32 -> Q4_0  (every item)')
    expect(readFileSync(join(root, 'examples/demo-runs/report.html'), 'utf8')).toContain('Q4_0')
  })
})

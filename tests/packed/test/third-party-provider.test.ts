import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { layouts, type Project } from '../src/layouts.ts'

const { tarballs, newerCore, projects } = inject('packed')

/** The command, core, and five packages that no code of ours names. */
const dependencies = [
  '@insidellms/core',
  'insidellms',
  'insidellms-provider-acme',
  'insidellms-provider-broken',
  'insidellms-provider-twin',
  'needs-hidden',
]

describe.each(layouts)('a project made with $name', (layout) => {
  let project: Project

  beforeAll(() => {
    mkdirSync(projects, { recursive: true })
    project = layout.create(join(projects, layout.name.replaceAll(' ', '-')), dependencies, tarballs, newerCore)
  })

  it('lists a third-party provider, and not one that is only there for another package', () => {
    const { stdout, stderr, status } = project.insidellms('list', 'models')
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    expect(stdout).toMatch(/^acme\s+insidellms-provider-acme/m)
    expect(stdout).toMatch(/^broken\s/m)
    expect(stdout).toMatch(/^twin\s/m)
    expect(stdout).not.toContain('hidden')
  })

  it('runs it', () => {
    const { stdout, status } = project.insidellms('quicktest', 'hello', '--model', 'acme:acme-2', '--temperature', '0')
    expect({ stdout, status }).toEqual({ stdout: 'acme heard: hello\n', status: 0 })
  })

  it('runs it through a config too', () => {
    writeFileSync(join(project.directory, 'questions.jsonl'), '{"prompt":"1+1?","reference":"2"}\n')
    writeFileSync(
      join(project.directory, 'study.yaml'),
      'model: { type: acme }\nprobe: { type: logic }\ndataset: { format: jsonl, path: questions.jsonl }\n',
    )
    const { stdout, stderr, status } = project.insidellms('run', 'study.yaml', '--run-dir', 'run')
    expect({ status, stderr: status === 0 ? '' : stderr + stdout }).toEqual({ status: 0, stderr: '' })
  })

  it('says which provider failed to load, and is stopped by it nowhere else', () => {
    const { stdout, stderr, status } = project.insidellms('quicktest', 'hello', '--model', 'broken')
    expect({ stdout, status }).toEqual({ stdout: '', status: 1 })
    expect(stderr).toBe(
      'insidellms: insidellms-provider-broken failed to load (plugin.js): boom at import. Other plugins are unaffected.\n',
    )
  })

  it('says why a transitive provider is not there', () => {
    const { stderr, status } = project.insidellms('quicktest', 'hello', '--model', 'hidden')
    expect(status).toBe(1)
    expect(stderr).toContain('No model provider "hidden". Registered: acme, broken, dummy, twin.')
    // Only Yarn PnP keeps it out of sight altogether.
    if (layout.name !== 'Yarn PnP')
      expect(stderr).toContain(
        `"hidden" is provided by insidellms-provider-hidden, which is installed but not a direct dependency of ${project.directory}. Only direct dependencies are loaded. Run: `,
      )
  })

  it('takes a provider with its own copy of core', () => {
    writeFileSync(
      join(project.directory, 'two-cores.mjs'),
      `import { ensureBuiltinsRegistered, InsideLLMsError, Model, modelRegistry } from '@insidellms/core'
       await ensureBuiltinsRegistered()
       const model = await modelRegistry.get('twin')
       const error = await model.generate('overflow').catch((error) => error)
       console.log(JSON.stringify([model instanceof Model, await model.generate('hi'),
         error instanceof InsideLLMsError, InsideLLMsError.isInstance(error), error.code]))`,
    )
    const { stdout, stderr } = project.node('two-cores.mjs')
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual([false, 'with core 1.99.0: hi', true, true, 'context_overflow'])
  })

  it('says what to run for a provider of ours that is not installed', () => {
    const add = {
      npm: 'npm install -D',
      pnpm: 'pnpm add -D',
      'a pnpm workspace': 'pnpm add -D',
      'Yarn PnP': 'yarn add -D',
    }
    const { stderr, status } = project.insidellms('quicktest', 'hello', '--model', 'cohere')
    expect(status).toBe(1)
    expect(stderr).toBe(
      `insidellms: No model provider "cohere". Registered: acme, broken, dummy, twin. Looked at 6 direct dependencies of ${join(project.directory, 'package.json')}. Run: ${add[layout.name as 'npm']} @insidellms/provider-cohere\n`,
    )
  })

  it('no longer knows a provider that is removed', () => {
    project.remove('insidellms-provider-acme')
    const { stderr, status } = project.insidellms('quicktest', 'hello', '--model', 'acme')
    expect(status).toBe(1)
    expect(stderr).toBe(
      `insidellms: No model provider "acme". Registered: broken, dummy, twin. Looked at 5 direct dependencies of ${join(project.directory, 'package.json')}. Install the package that provides it: plugins carry the npm keyword "insidellms-plugin".\n`,
    )
  })
})

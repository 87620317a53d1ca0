import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runCommand } from '../src/command.ts'
import type { ConformanceReport } from '../src/report.ts'
import { temporaryFolder } from './acme/acme-description.ts'

const kit = fileURLToPath(new URL('..', import.meta.url))

interface Ran {
  code: number
  out: string
  error: string
}

async function run(args: string[], cwd: string = kit): Promise<Ran> {
  const ran = { out: '', error: '' }
  const code = await runCommand(args, cwd, {
    out: (text) => void (ran.out += text),
    error: (text) => void (ran.error += text),
  })
  return { code, ...ran }
}

/** A project with a provider in its node_modules that publishes its description. */
function projectWith(conformance: string | undefined, files: Record<string, string> = {}): string {
  const project = temporaryFolder()
  const folder = join(project, 'node_modules', 'insidellms-provider-minimal')
  cpSync(fileURLToPath(new URL('doors', import.meta.url)), folder, { recursive: true })
  for (const name of ['core', 'conformance']) {
    mkdirSync(join(project, 'node_modules', '@insidellms'), { recursive: true })
    symlinkSync(join(kit, '..', name), join(project, 'node_modules', '@insidellms', name), 'junction')
  }
  const manifest = {
    name: 'insidellms-provider-minimal',
    version: '0.3.0',
    type: 'module',
    insidellms: { conformance },
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return project
}

const only = ['--only', 'usage,option-topP']

describe('insidellms-conformance', () => {
  it('prints the report of an installed package as text', async () => {
    const { code, out } = await run(['insidellms-provider-minimal', ...only], projectWith('./description.mjs'))
    expect(out).toMatch(/^insidellms-provider-minimal 0\.3\.0, provider minimal\n/)
    expect(out).toContain('skip  option-topP: Left out to keep the example short.')
    expect(out).toMatch(/\n1 passed, 0 failed, 1 skipped\n$/)
    expect(code).toBe(0)
  })

  it('prints it as JSON, with a date when asked for one', async () => {
    const { code, out } = await run(
      ['insidellms-provider-minimal', '--json', '--date', ...only],
      projectWith('./description.mjs'),
    )
    const report = JSON.parse(out) as ConformanceReport
    expect(report).toMatchObject({ version: '0.3.0', totals: { passed: 1, failed: 0, skipped: 1 } })
    expect(new Date(report.date!).toISOString()).toBe(report.date)
    expect(code).toBe(0)
  })

  it('takes a folder, and another module and export', async () => {
    const project = projectWith(undefined, {
      'other.mjs': `import description from './description.mjs'
export const other = { ...description, createDriver: (target) => ({ ...description.createDriver(target), specVersion: 3 }) }`,
    })
    const folder = './node_modules/insidellms-provider-minimal'
    const { code, out } = await run(
      [folder, '--description', `${folder}/other.mjs#other`, '--only', 'spec-version'],
      project,
    )
    expect(out).toContain('FAIL  spec-version: specVersion should be 1; it is 3.')
    expect(code).toBe(1)
  })

  it.each([
    [
      'a package that is not there',
      ['insidellms-provider-x'],
      /no package "insidellms-provider-x" in .* Install it, or/,
    ],
    ['a package without a description', ['insidellms-provider-minimal'], /names no "insidellms\.conformance"/],
    [
      'a module that is not there',
      ['insidellms-provider-minimal', '--description', 'gone.js'],
      /gone\.js is not there\. Build the package first\./,
    ],
    [
      'a module without such an export',
      [
        'insidellms-provider-minimal',
        '--description',
        'node_modules/insidellms-provider-minimal/description.mjs#defautl',
      ],
      /exports no description as "defautl"\. Did you mean "default"\?/,
    ],
    [
      'a module that throws',
      ['insidellms-provider-minimal', '--description', 'node_modules/insidellms-provider-minimal/broken.mjs'],
      /broken\.mjs could not be loaded: Error: boom/,
    ],
  ])('says what is wrong with %s, and exits with 1', async (_, args, message) => {
    const { code, out, error } = await run(args, projectWith(undefined, { 'broken.mjs': "throw new Error('boom')" }))
    expect(error).toMatch(message)
    expect(out).toBe('')
    expect(code).toBe(1)
  })

  it.each([
    ['no package', [], 'Name one package.'],
    ['two packages', ['a', 'b'], 'Name one package.'],
    ['an unknown option', ['a', '--jsonn'], "Unknown option '--jsonn'"],
    ['an unknown case', ['a', '--only', 'usage,seeds'], 'There is no case and no group "seeds". See --list.'],
  ])('exits with 64 for %s, and shows its usage', async (_, args, message) => {
    const { code, error } = await run(args)
    expect(error).toContain(message)
    expect(error).toContain('insidellms-conformance <package> [options]')
    expect(code).toBe(64)
  })

  it('lists the cases, and helps', async () => {
    const list = await run(['--list'])
    expect(list.out).toContain("usage\n  The vendor's own token counts are read.\n")
    const help = await run(['--help'])
    expect(help.out).toContain('Exit code: 0')
    expect([list.code, help.code]).toEqual([0, 0])
  })

  it('is a program, as the package declares it', () => {
    const { bin } = JSON.parse(readFileSync(join(kit, 'package.json'), 'utf8')) as { bin: Record<string, string> }
    const program = join(kit, bin['insidellms-conformance']!)
    const out = execFileSync(process.execPath, [program, 'insidellms-provider-minimal', ...only], {
      cwd: projectWith('./description.mjs'),
      encoding: 'utf8',
    })
    expect(out).toMatch(/1 passed, 0 failed, 1 skipped\n$/)
  })
})

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const tool = fileURLToPath(new URL('../../../tools/check-structure.mjs', import.meta.url))

let directory = ''
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'insidellms-structure-')), 'insidellms-provider-x')
  write('package.json', good)
  write('README.md', '# x\n\n```ts\nx()\n```\n')
  write('src/index.ts', "export { createX } from './x-driver.ts'\n")
  write('src/x-driver.ts', 'export function createX(): void {}\n')
})
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }))

const good = {
  name: 'insidellms-provider-x',
  version: '1.0.0',
  description: 'x',
  license: 'MIT',
  type: 'module',
  keywords: ['insidellms-plugin'],
  engines: { node: '>=22' },
  files: ['dist'],
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
  peerDependencies: { '@insidellms/core': '^1.0.0' },
  insidellms: { apiVersion: 1, plugin: './dist/plugin.js', provides: { models: ['x'] } },
}

function write(name: string, content: unknown): void {
  mkdirSync(join(directory, name, '..'), { recursive: true })
  writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content))
}

function check(where = directory): { status: number | null; problems: string[] } {
  const { status, stderr } = spawnSync(process.execPath, [tool, where], { encoding: 'utf8' })
  return { status, problems: stderr.trim() === '' ? [] : stderr.trim().split('\n') }
}

describe('check-structure', () => {
  it('finds nothing in a package that keeps to the rules, alone in the world', () => {
    const copy = join(directory, '..', 'tool', 'check.mjs')
    mkdirSync(join(copy, '..'))
    cpSync(tool, copy)
    const { status, stderr } = spawnSync(process.execPath, [copy, directory], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  const manifest =
    (parts: object): (() => void) =>
    () =>
      write('package.json', { ...good, ...parts })
  it.each<[string, () => void, string]>([
    ['no package.json', () => rmSync(join(directory, 'package.json')), 'package.json cannot be read'],
    ['a torn package.json', () => write('package.json', '{'), 'package.json cannot be read'],
    ['CommonJS', manifest({ type: 'commonjs' }), '"type": "module"'],
    ['no license', manifest({ license: undefined }), 'no "license"'],
    ['no engines', manifest({ engines: undefined }), '"engines"'],
    ['no files', manifest({ files: undefined }), '"files"'],
    ['no exports', manifest({ exports: undefined }), 'must have "exports"'],
    ['a hidden package.json', manifest({ exports: { '.': './x.js' } }), '"./package.json": "./package.json"'],
    ['open exports', manifest({ exports: { ...good.exports, './*': './dist/*' } }), './* opens it'],
    [
      'types last',
      manifest({ exports: { ...good.exports, '.': { default: 'a', types: 'b' } } }),
      '"types" must come first',
    ],
    ['no keyword', manifest({ keywords: [] }), '"insidellms-plugin"'],
    ['core as a dependency', manifest({ dependencies: { '@insidellms/core': '1' } }), 'must not be a dependency'],
    ['no peer', manifest({ peerDependencies: undefined }), 'must be a peer dependency'],
    ['no apiVersion', manifest({ insidellms: { ...good.insidellms, apiVersion: '1' } }), 'apiVersion'],
    ['no entry', manifest({ insidellms: { ...good.insidellms, plugin: 'dist/plugin.js' } }), 'begins with "./"'],
    ['an entry outside', manifest({ insidellms: { ...good.insidellms, plugin: './../y.js' } }), 'inside the package'],
    ['no names', manifest({ insidellms: { ...good.insidellms, provides: {} } }), 'provides'],
    ['no README', () => rmSync(join(directory, 'README.md')), 'README.md is missing'],
    ['no example', () => write('README.md', '# x\n'), 'has no example'],
    ['a long file', () => write('src/x-driver.ts', '\n'.repeat(251)), 'src/x-driver.ts: 251 lines'],
    ['a file in camelCase', () => write('src/xDriver.ts', ''), 'src/xDriver.ts: its name'],
    ['an open index', () => write('src/index.ts', "export * from './x-driver.ts'\n"), 'must be a closed list'],
    ['an import without ending', () => write('src/index.ts', "export { x } from './x-driver'\n"), 'must end in .ts'],
    ['nine files', () => [1, 2, 3, 4, 5, 6, 7].forEach((n) => write(`src/part-${n}.ts`, '')), 'src has 9 files'],
  ])('finds %s', (_what, break_, problem) => {
    break_()
    const { status, problems } = check()
    expect(status).toBe(1)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(`insidellms-provider-x: `)
    expect(problems[0]).toContain(problem)
  })

  it('lets a long file be that says why, and a package that is no plugin have many files', () => {
    write('src/x-driver.ts', `// Long because it is a table.\n${'\n'.repeat(300)}`)
    expect(check().status).toBe(0)
    const { insidellms: _, ...library } = good
    write('package.json', library)
    for (let index = 0; index < 20; index++) write(`src/deep/part-${index}.ts`, '')
    expect(check().problems).toEqual([])
  })
})

import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { discoverPlugins } from '../src/discover.ts'
import type { Model } from '../src/model.ts'
import { PluginRegistry } from '../src/plugin-registry.ts'
import { failure, fakeDriver } from './support.ts'

let root = ''
let app = ''

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'insidellms-discover-')))
  app = join(root, 'app')
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
  delete process.env['INSIDELLMS_DISABLE_PLUGINS']
})

function write(path: string, content: unknown): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

function project(manifest: Record<string, unknown>): void {
  write(join(app, 'package.json'), manifest)
}

const pluginCode = (names: string[], before = ''): string => `${before}
globalThis.insidellmsLoaded = [...(globalThis.insidellmsLoaded ?? []), import.meta.url]
export default {
  name: 'x', apiVersion: 1,
  register({ models }) {
    for (const name of ${JSON.stringify(names)}) models.register(name, () => ({
      specVersion: 1, supports: [],
      info: () => ({ name, provider: name, modelId: 'm', maxTokens: null, supportsStreaming: false, supportsChat: true, extra: {} }),
      respond: async () => ({ parts: [{ type: 'text', text: 'from ' + name }], finish: { kind: 'stop', raw: null }, served: {} }),
    }))
  },
}`

interface PackageOptions {
  at?: string
  models?: string[]
  /** Replaces or adds to the "insidellms" field; null leaves it out. */
  field?: unknown
  code?: string
}

/** A provider as it lies in node_modules. */
function install(name: string, { at = app, models = ['x'], field, code }: PackageOptions = {}): string {
  const directory = join(at, 'node_modules', name)
  const insidellms = { apiVersion: 1, plugin: './plugin.js', provides: { models } }
  write(join(directory, 'package.json'), {
    name,
    version: '0.4.0',
    type: 'module',
    exports: { import: './plugin.js' },
    ...(field === null
      ? {}
      : { insidellms: typeof field === 'object' ? { ...insidellms, ...field } : (field ?? insidellms) }),
  })
  write(join(directory, 'plugin.js'), code ?? pluginCode(models))
  return directory
}

function loadedCount(): number {
  const { insidellmsLoaded = [] } = globalThis as { insidellmsLoaded?: string[] }
  return insidellmsLoaded.filter((url) => url.includes(root.split(/[\\/]/).at(-1)!)).length
}

async function discover(options: Parameters<typeof discoverPlugins>[1] = {}): Promise<PluginRegistry> {
  const registry = new PluginRegistry()
  await discoverPlugins(registry, { project: app, ...options })
  return registry
}

async function say(model: Model | Promise<Model>): Promise<string> {
  return (await model).generate('hi')
}

describe('discovery', () => {
  it('finds direct dependencies of every kind, and runs no code until a name is asked for', async () => {
    project({ dependencies: { a: '1' }, devDependencies: { '@s/b': '1' }, optionalDependencies: { c: '1', gone: '1' } })
    install('a', { models: ['a', 'a2'] })
    install('@s/b', { models: ['b'] })
    install('c', { models: ['c'] })
    const registry = await discover()
    expect(registry.models.list()).toEqual(['a', 'a2', 'b', 'c', 'dummy'])
    expect(registry.plugins().map(({ name, state }) => [name, state])).toEqual([
      ['@s/b', 'available'],
      ['a', 'available'],
      ['c', 'available'],
    ])
    expect(registry.models.info('b')).toEqual({
      name: 'b',
      package: '@s/b',
      version: '0.4.0',
      builtin: false,
      loaded: false,
    })
    expect(loadedCount()).toBe(0)

    expect(await say(registry.models.get('a:model'))).toBe('from a')
    await Promise.all([registry.models.get('a'), registry.models.get('a2'), registry.models.get('a2')])
    expect(loadedCount()).toBe(1)
    const entry = readFileSync(join(app, 'node_modules/a/plugin.js'))
    expect(registry.plugins()[1]).toEqual({
      name: 'a',
      version: '0.4.0',
      apiVersion: 1,
      state: 'loaded',
      entry: 'plugin.js',
      sha256: createHash('sha256').update(entry).digest('hex'),
      provides: { models: ['a', 'a2'], probes: [], datasets: [] },
    })
    expect(registry.models.info('a2').loaded).toBe(true)
  })

  it('walks up from the project, through symlinks as pnpm and workspaces make them', async () => {
    project({ dependencies: { hoisted: '1', linked: '1' } })
    install('hoisted', { at: root, models: ['hoisted'] })
    install('linked', { at: join(root, 'store'), models: ['linked'] })
    mkdirSync(join(app, 'node_modules'), { recursive: true })
    symlinkSync(join(root, 'store/node_modules/linked'), join(app, 'node_modules/linked'), 'junction')
    const registry = await discover()
    expect(await say(registry.models.get('hoisted'))).toBe('from hoisted')
    expect(await say(registry.models.get('linked'))).toBe('from linked')
  })

  it('looks in the nearest project above the working directory', async () => {
    project({ dependencies: { a: '1' } })
    install('a', { models: ['a'] })
    const nested = join(app, 'src/deep')
    mkdirSync(nested, { recursive: true })
    const before = process.cwd()
    process.chdir(nested)
    try {
      const registry = new PluginRegistry()
      await discoverPlugins(registry)
      expect(registry.models.list()).toEqual(['a', 'dummy'])
    } finally {
      process.chdir(before)
    }
  })

  it('needs a project that can be read', async () => {
    mkdirSync(app)
    const none = await failure(() => discover())
    expect(none).toMatchObject({ code: 'config' })
    expect(none.message).toBe(
      `${app} has no package.json. Run in a project (npm init -y), or call registry.use(plugin).`,
    )
    write(join(app, 'package.json'), '{ nonsense')
    expect((await failure(() => discover())).message).toContain(`${join(app, 'package.json')} is no JSON`)
    write(join(app, 'package.json'), '[]')
    expect((await failure(() => discover())).message).toContain('is no JSON object')
  })

  it('says that Yarn PnP needs Yarn', async () => {
    project({})
    write(join(app, '.pnp.cjs'), '')
    expect((await failure(() => discover())).message).toBe(
      `${app} uses Yarn PnP, but this process was not started by Yarn. Run: yarn insidellms (or yarn node) with the same arguments.`,
    )
  })

  it('is switched off by INSIDELLMS_DISABLE_PLUGINS=1', async () => {
    project({ dependencies: { a: '1' } })
    install('a', { models: ['a'] })
    process.env['INSIDELLMS_DISABLE_PLUGINS'] = '1'
    const registry = await discover()
    expect(registry.models.list()).toEqual(['dummy'])
    expect((await failure(() => registry.models.get('a'))).message).toContain('INSIDELLMS_DISABLE_PLUGINS=1')
  })

  it('begins anew each time, and keeps what is loaded', async () => {
    project({ dependencies: { a: '1', b: '1' } })
    install('a', { models: ['a'] })
    install('b', { models: ['b'] })
    const registry = await discover()
    await registry.models.get('a')
    project({ dependencies: { a: '1', c: '1' } })
    install('c', { models: ['c'] })
    await discoverPlugins(registry, { project: app })
    expect(registry.models.list()).toEqual(['a', 'c', 'dummy'])
    expect(registry.plugins()).toMatchObject([
      { name: 'a', state: 'loaded', sha256: expect.any(String) },
      { name: 'c', state: 'available' },
    ])
  })
})

describe('a plugin that is skipped', () => {
  const cases: [string, PackageOptions, string | RegExp][] = [
    ['field is no object', { field: 'yes' }, 'p: "insidellms" must be an object; skipped.'],
    [
      'old apiVersion',
      { field: { apiVersion: 0 } },
      /^p 0\.4\.0 needs plugin API 0; @insidellms\/core \S.* supports 1\. Upgrade p, or pin @insidellms\/core@0\.$/,
    ],
    ['new apiVersion', { field: { apiVersion: 2 } }, /^p 0\.4\.0 needs plugin API 2; .*Upgrade @insidellms\/core/],
    [
      'no apiVersion',
      { field: { apiVersion: null } },
      /^p 0\.4\.0: apiVersion must be a whole number such as 1; it is null\.$/,
    ],
    ['no provides', { field: { provides: null } }, /"insidellms.provides" must be an object/],
    [
      'provides no list',
      { field: { provides: { models: 'x' } } },
      'p: "insidellms.provides.models" must be a list of names; skipped.',
    ],
    ['provides nothing', { field: { provides: {} } }, 'p: "insidellms.provides" names nothing; skipped.'],
    ['provides no name', { models: ['a:b'] }, 'p: "a:b" cannot name a model provider; skipped.'],
    ['built-in name', { models: ['x', 'dummy'] }, 'p: the name "dummy" is built in; skipped.'],
    ['no entry', { field: { plugin: 5 } }, 'p: "insidellms.plugin" must be the path of its entry file; skipped.'],
    [
      'missing entry',
      { field: { plugin: './gone.js' } },
      'p: "insidellms.plugin" names ./gone.js, which is not there; skipped.',
    ],
    [
      'entry outside',
      { field: { plugin: '../../evil.js' } },
      'p: "insidellms.plugin" points outside the package (../../evil.js); skipped.',
    ],
  ]

  it.each(cases)('because of its %s says so, and stops nobody else', async (_what, options, reason) => {
    project({ dependencies: { p: '1', ok: '1' } })
    install('p', options)
    install('ok', { models: ['ok'] })
    write(join(app, 'evil.js'), 'globalThis.evil = true')
    const registry = await discover()
    expect(registry.models.list()).toEqual(['dummy', 'ok'])
    const [, status] = registry.plugins()
    expect(status).toMatchObject({ name: 'p', state: 'skipped' })
    if (typeof reason === 'string') expect(status?.reason).toBe(reason)
    else expect(status?.reason).toMatch(reason)
    expect(await say(registry.models.get('ok'))).toBe('from ok')
    expect(globalThis).not.toHaveProperty('evil')
  })

  it('is named when its name is asked for', async () => {
    project({ dependencies: { p: '1' } })
    install('p', { models: ['mistral'], field: { apiVersion: 0 } })
    const { message } = await failure(async () => (await discover()).models.get('mistral'))
    expect(message).toContain('"mistral" is provided by p, but: p 0.4.0 needs plugin API 0')
  })

  it('for an entry that is a symlink out of its package', async () => {
    project({ dependencies: { p: '1' } })
    const directory = install('p')
    const outside = join(root, 'outside')
    write(join(outside, 'plugin.js'), '')
    symlinkSync(outside, join(directory, 'way-out'), 'junction')
    write(join(directory, 'package.json'), {
      name: 'p',
      insidellms: { apiVersion: 1, plugin: './way-out/plugin.js', provides: { models: ['x'] } },
    })
    expect((await discover()).plugins()).toMatchObject([
      { state: 'skipped', reason: 'p: "insidellms.plugin" points outside the package (./way-out/plugin.js); skipped.' },
    ])
  })

  it('for a package.json that is torn', async () => {
    project({ dependencies: { p: '1', q: '1' } })
    write(join(app, 'node_modules/p/package.json'), '{"insidellms"')
    write(join(app, 'node_modules/q/package.json'), '{"name"')
    expect((await discover()).plugins()).toMatchObject([{ name: 'p', reason: expect.stringContaining('is no JSON') }])
  })
})

describe('a plugin that fails to load', () => {
  const failing: [string, string, RegExp][] = [
    [
      'throws at import',
      pluginCode(['x'], "throw new Error('boom')"),
      /^p failed to load \(plugin\.js\): boom\. Other plugins are unaffected\.$/,
    ],
    ['throws a text', pluginCode(['x'], "throw 'boom!'"), /: boom! Other/],
    ['is no code', 'export default {', /^p failed to load/],
    ['has no default export', 'export const plugin = 1', /it has no default export\./],
    ['is no plugin', 'export default {}', /This is no plugin/],
    [
      'throws in register',
      "export default { name: 'p', apiVersion: 1, register() { throw new Error('boom') } }",
      /: boom\./,
    ],
    [
      'registers less than it said',
      pluginCode([]),
      /its package\.json provides the model provider "x", but it did not register it/,
    ],
    [
      'registers more than it said',
      pluginCode(['x', 'openai']),
      /it registers the model provider "openai", which its package\.json does not name/,
    ],
    [
      'has another apiVersion in code',
      "export default { name: 'p', apiVersion: 7, register() {} }",
      /p 0\.4\.0 needs plugin API 7/,
    ],
  ]

  it.each(failing)('because it %s leaves nothing behind and stops nobody else', async (_what, code, text) => {
    project({ dependencies: { p: '1', ok: '1' } })
    install('p', { code })
    install('ok', { models: ['ok'] })
    const registry = await discover()
    const error = await failure(() => registry.models.get('x'))
    expect(error).toMatchObject({ code: 'load_failed' })
    expect(error.message).toMatch(text)
    expect(error.cause).toBeDefined()
    expect(await failure(() => registry.models.get('x'))).toBe(error)
    expect(registry.models.list()).toEqual(['dummy', 'ok', 'x'])
    expect(registry.plugins()).toMatchObject([{ name: 'ok' }, { name: 'p', state: 'failed', reason: error.message }])
    expect(await say(registry.models.get('ok'))).toBe('from ok')
  })
})

describe('a name that two packages claim', () => {
  beforeEach(() => {
    project({ dependencies: { '@acme/openai': '1', '@insidellms/provider-openai': '1' } })
    install('@acme/openai', { models: ['acme', 'openai'] })
    install('@insidellms/provider-openai', { models: ['ours', 'openai'] })
  })

  it('is an error that names both, and keeps neither from its other names', async () => {
    const registry = await discover()
    for (let times = 0; times < 2; times++) {
      const error = await failure(() => registry.models.get('openai:gpt-4o'))
      expect(error).toMatchObject({ code: 'duplicate' })
      expect(error.message).toContain(
        '"openai" is provided by both @acme/openai and @insidellms/provider-openai. Choose one',
      )
      expect(await say(registry.models.get('acme'))).toBe('from acme')
      expect(await say(registry.models.get('ours'))).toBe('from ours')
    }
  })

  it('is settled by the allow-list, or by what the program registers', async () => {
    const listed = await discover({ plugins: ['@acme/openai'] })
    expect(listed.models.list()).toEqual(['acme', 'dummy', 'openai'])
    expect(await say(listed.models.get('openai'))).toBe('from openai')

    const after = await discover()
    after.models.register('openai', () => fakeDriver())
    expect(await say(after.models.get('openai'))).toBe('ok')

    const before = new PluginRegistry()
    before.models.register('openai', () => fakeDriver())
    await discoverPlugins(before, { project: app })
    expect(await say(before.models.get('openai'))).toBe('ok')
    expect(before.plugins()[0]?.reason).toBe(
      '@acme/openai: the name "openai" is already registered by the program; skipped.',
    )
  })

  it('is no conflict with the plugin itself, used by the program before', async () => {
    const registry = new PluginRegistry()
    registry.use({
      name: '@acme/openai',
      apiVersion: 1,
      register: ({ models }) => models.register('openai', () => fakeDriver()),
    })
    await discoverPlugins(registry, { project: app, plugins: ['@acme/openai'] })
    expect(await say(registry.models.get('openai'))).toBe('ok')
    expect(registry.plugins()).toMatchObject([{ name: '@acme/openai', state: 'loaded' }])
  })
})

describe('a missing name', () => {
  it('says where was looked and what to run, with the project’s own package manager', async () => {
    project({ dependencies: { left: '1', right: '1' } })
    const missing = async (name: string): Promise<string> =>
      (await failure(async () => (await discover()).models.get(name))).message
    const looked = `Looked at 2 direct dependencies of ${join(app, 'package.json')}.`
    expect(await missing('openai')).toBe(
      `No model provider "openai". Registered: dummy. ${looked} Run: npm install -D @insidellms/provider-openai`,
    )
    write(join(root, 'pnpm-lock.yaml'), '')
    expect(await missing('cohere:command')).toBe(
      `No model provider "cohere". Registered: dummy. ${looked} Run: pnpm add -D @insidellms/provider-cohere`,
    )
    expect(await missing('opnai')).toContain('Did you mean "openai"? Run: pnpm add -D @insidellms/provider-openai')
    write(join(app, 'yarn.lock'), '')
    expect(await missing('gemini')).toContain('Run: yarn add -D @insidellms/provider-google')
    expect(await missing('somebody')).toContain('plugins carry the npm keyword "insidellms-plugin"')
    expect(await missing('dumy')).toBe('No model provider "dumy". Registered: dummy. Did you mean "dummy"?')
    const probe = await failure(async () => (await discover()).probes.get('openai'))
    expect(probe.message).toContain(looked)
    expect(probe.message).not.toContain('provider-openai')
  })

  it('tells of a package that is only there for another one, and never loads it', async () => {
    project({ dependencies: { direct: '1' } })
    install('direct', { field: null })
    install('insidellms-provider-x', { models: ['x'] })
    const registry = await discover()
    expect(registry.models.list()).toEqual(['dummy'])
    const expected = `No model provider "x". Registered: dummy. "x" is provided by insidellms-provider-x, which is installed but not a direct dependency of ${app}. Only direct dependencies are loaded. Run: npm install -D insidellms-provider-x`
    expect((await failure(() => registry.models.get('x'))).message).toBe(expected)

    rmSync(join(app, 'node_modules/insidellms-provider-x'), { recursive: true })
    install('@s/y', { at: join(app, 'node_modules/.pnpm'), models: ['x'] })
    expect((await failure(() => registry.models.get('x'))).message).toContain(
      '"x" is provided by @s/y, which is installed but',
    )
    expect(loadedCount()).toBe(0)
  })

  it('tells of a package that the allow-list leaves out, and of what it lists in vain', async () => {
    project({ dependencies: { a: '1', b: '1', plain: '1', gone: '1' } })
    install('a', { models: ['a'] })
    install('b', { models: ['b'] })
    install('plain', { field: null })
    install('transitive', { models: ['t'] })
    const registry = await discover({ plugins: ['a', 'plain', 'gone', 'transitive'] })
    expect(registry.models.list()).toEqual(['a', 'dummy'])
    expect((await failure(() => registry.models.get('b'))).message).toContain(
      '"b" is provided by b, which "plugins" does not list. Add it there.',
    )
    expect(registry.plugins().map(({ reason }) => reason)).toEqual([
      undefined,
      'gone: it is listed under "plugins", but is not installed; skipped.',
      'plain: it is listed under "plugins", but has no "insidellms" field in its package.json; skipped.',
      `transitive: it is listed under "plugins", but is no direct dependency of ${app}; skipped.`,
    ])
    expect((await failure(() => registry.models.get('openai'))).message).toContain('gone: it is listed under "plugins"')
  })
})

describe('registry.discover', () => {
  it('takes a directory, and a promise of all that was found', async () => {
    project({ dependencies: { a: '1' } })
    install('a', { models: ['a'] })
    const registry = new PluginRegistry()
    expect(await registry.discover({ project: app })).toMatchObject([{ name: 'a', state: 'available' }])
    expect(await say(registry.models.get('a'))).toBe('from a')
  })
})

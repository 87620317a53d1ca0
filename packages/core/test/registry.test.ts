import { describe, expect, it } from 'vitest'
import * as core from '../src/index.ts'
import { DriverModel } from '../src/driver-model.ts'
import { DummyModel } from '../src/dummy-model.ts'
import type { Plugin } from '../src/plugin.ts'
import { PluginRegistry, type PluginStatus } from '../src/plugin-registry.ts'
import { failure, fakeDriver } from './support.ts'

describe('the model registry', () => {
  it('registers, lists, describes, makes and forgets', async () => {
    const { models } = new PluginRegistry()
    expect(models.list()).toEqual(['dummy'])
    models.register('mine', (settings) => {
      expect(settings).toEqual({ modelName: 'gpt' })
      return fakeDriver()
    })
    expect(models.list()).toEqual(['dummy', 'mine'])
    expect([models.has('mine'), models.has('other')]).toEqual([true, false])
    expect(models.info('mine')).toEqual({ name: 'mine', builtin: false, loaded: true })
    expect(models.info('dummy')).toEqual({ name: 'dummy', builtin: true, loaded: true })

    const model = models.get('mine', {
      modelName: 'gpt',
      temperature: 0,
      maxRetries: 0,
      seed: undefined,
      name: 'shown',
    })
    expect(model).toBeInstanceOf(DriverModel)
    expect((await model).name).toBe('shown')
    expect((await (await model).respond('x')).ledger).toEqual({ temperature: { status: 'sent' } })
    expect(models.get('mine:gpt')).toBeInstanceOf(DriverModel)

    expect([models.unregister('mine'), models.unregister('mine')]).toEqual([true, false])
    expect(models.has('mine')).toBe(false)
  })

  it('splits an id at its first colon', async () => {
    const { models } = new PluginRegistry()
    const names: unknown[] = []
    models.register('ollama', ({ modelName }) => (names.push(modelName), fakeDriver()))
    await models.get('ollama:llama3:8b-q4', { modelName: 'other' })
    await models.get('ollama:')
    expect(names).toEqual(['llama3:8b-q4', ''])
    expect((await failure(() => models.get('olama:x'))).message).toContain('Did you mean "ollama"?')
    expect(await failure(() => models.get(':x'))).toMatchObject({ code: 'not_found' })
  })

  it('takes factories that give promises or whole models', async () => {
    const { models } = new PluginRegistry()
    models.register('later', async () => fakeDriver())
    models.register('whole', () => new DummyModel({ response: 'whole' }))
    expect(await (await models.get('later')).generate('x')).toBe('ok')
    expect(await (await models.get('whole')).generate('x')).toBe('whole')
    const error = await failure(() => models.get('whole', { temperature: 1 }))
    expect(error).toMatchObject({ code: 'config' })
    expect(error.message).toContain('temperature')
    models.register('nothing', () => undefined as never)
    expect(await failure(() => models.get('nothing'))).toMatchObject({ code: 'config' })
  })

  it('refuses names that are taken, built in, or none', async () => {
    const { models } = new PluginRegistry()
    const factory = () => fakeDriver()
    models.register('x', factory)
    expect(await failure(() => models.register('x', factory))).toMatchObject({ code: 'duplicate' })
    models.register('x', factory, { overwrite: true })
    for (const overwrite of [false, true])
      expect(await failure(() => models.register('dummy', factory, { overwrite }))).toMatchObject({ code: 'duplicate' })
    expect(await failure(() => models.unregister('dummy'))).toMatchObject({ code: 'duplicate' })
    expect(await (await models.get('dummy')).generate('still here')).toBe('still here')
    for (const name of ['', 'a:b', ' a', 'a b', undefined as unknown as string])
      expect(await failure(() => models.register(name, factory)), name).toMatchObject({ code: 'config' })
  })

  it('says what is there, what is near, and what to call', async () => {
    const { models, probes } = new PluginRegistry()
    models.register('openai', () => fakeDriver())
    expect((await failure(() => models.get('opnai'))).message).toBe(
      'No model provider "opnai". Registered: dummy, openai. Did you mean "openai"?',
    )
    expect((await failure(() => models.get('cohere'))).message).toBe(
      'No model provider "cohere". Registered: dummy, openai. No plugin was looked for: call `await ensureBuiltinsRegistered()`, or `registry.use(plugin)`.',
    )
    expect((await failure(() => probes.get('logic'))).message).toMatch(/^No probe "logic"\. No plugin was looked for/)
    expect(await failure(() => models.info('none'))).toMatchObject({ code: 'not_found' })
  })

  it('checks the settings of the dummy, and the options that every model takes', async () => {
    const { models } = new PluginRegistry()
    expect((await failure(() => models.get('dummy', { respons: 'x' }))).message).toContain('Did you mean "response"?')
    expect(await failure(() => models.get('dummy', { temperature: 'hot' }))).toMatchObject({ code: 'config' })
  })
})

describe('use', () => {
  const plugin = (parts: Partial<Plugin> = {}): Plugin => ({
    name: 'insidellms-provider-x',
    apiVersion: 1,
    register({ models, probes }) {
      models.register('x', () => fakeDriver())
      probes.register('p', () => ({
        name: 'p',
        version: '1',
        primaryMetric: 's',
        run: async () => ({ output: '', scores: { s: 1 }, primaryMetric: 's' }),
      }))
    },
    ...parts,
  })

  it('registers at once, and is told of in plugins()', async () => {
    const registry = new PluginRegistry()
    registry.use(plugin())
    expect(await (registry.models.get('x') as DriverModel).generate('y')).toBe('ok')
    expect(await registry.probes.get('p')).toMatchObject({ name: 'p' })
    expect(registry.models.info('x')).toMatchObject({ package: 'insidellms-provider-x', loaded: true })
    expect(registry.plugins()).toEqual([
      {
        name: 'insidellms-provider-x',
        apiVersion: 1,
        state: 'loaded',
        provides: { models: ['x'], probes: ['p'], datasets: [] },
      },
    ])
  })

  it('leaves nothing behind when it fails', async () => {
    const cases: Partial<Plugin>[] = [
      {
        register({ models }) {
          models.register('x', () => fakeDriver())
          throw new Error('half-way')
        },
      },
      {
        register({ models }) {
          models.register('x', () => fakeDriver())
          models.register('dummy', () => fakeDriver())
        },
      },
      {
        register({ models, datasets }) {
          models.register('x', () => fakeDriver())
          datasets.register('a:b', () => ({ name: 'd', async *items() {} }))
        },
      },
      {
        register({ models }) {
          models.register('x', () => fakeDriver())
          models.register('x', () => fakeDriver())
        },
      },
      {
        async register({ models }: Parameters<Plugin['register']>[0]) {
          models.register('x', () => fakeDriver())
          throw new Error('later')
        },
      },
    ]
    for (const broken of cases) {
      const registry = new PluginRegistry()
      expect(() => registry.use(plugin(broken))).toThrow(/half-way|built-in|cannot name|twice|promise/)
      expect(registry.models.list()).toEqual(['dummy'])
      expect(registry.plugins()).toEqual([])
    }
  })

  it.each([
    [
      0,
      /^insidellms-provider-x needs plugin API 0; @insidellms\/core \S.* supports 1\. Upgrade insidellms-provider-x, or pin @insidellms\/core@0\.$/,
    ],
    [
      2,
      /^insidellms-provider-x needs plugin API 2; @insidellms\/core \S.* supports 1\. Upgrade @insidellms\/core, or pin insidellms-provider-x to a version for plugin API 1\.$/,
    ],
    ['1', /^insidellms-provider-x: apiVersion must be a whole number such as 1; it is "1"\.$/],
    [undefined, /apiVersion must be a whole number/],
  ])('refuses apiVersion %j', async (apiVersion, text) => {
    const error = await failure(() => new PluginRegistry().use(plugin({ apiVersion: apiVersion as 1 })))
    expect(error).toMatchObject({ code: 'incompatible' })
    expect(error.message).toMatch(text)
  })

  it('refuses what is no plugin, and what differs from its manifest', async () => {
    for (const none of [undefined, {}, { default: plugin() }])
      expect(await failure(() => new PluginRegistry().use(none as Plugin))).toMatchObject({ code: 'config' })
    const found = (models: string[]): PluginStatus => ({
      name: '@x/y',
      version: '0.4.0',
      state: 'available',
      provides: { models, probes: ['p'], datasets: [] },
    })
    expect((await failure(() => new PluginRegistry().use(plugin(), found([])))).message).toContain('does not name')
    expect((await failure(() => new PluginRegistry().use(plugin(), found(['x', 'z'])))).message).toContain('"z"')
    const registry = new PluginRegistry()
    registry.use(plugin(), found(['x']))
    expect(registry.plugins()).toMatchObject([{ name: '@x/y', version: '0.4.0', state: 'loaded' }])
  })
})

describe('index', () => {
  it('fills no registry by being imported', () => {
    expect(core.modelRegistry.list()).toEqual(['dummy'])
    expect(core.probeRegistry.list()).toEqual([])
    expect(core.datasetRegistry.list()).toEqual([])
    expect(core.registry.models).toBe(core.modelRegistry)
  })
})

import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { type InsideLLMsError, PluginRegistry } from '@insidellms/core'
import { afterAll, describe, expect, it } from 'vitest'
import { createLlamaCppDriver, LlamaCppModel } from '../src/index.ts'
import plugin from '../src/plugin.ts'
import { makeTinyModel, temporaryFolder } from './tiny-gguf.ts'

const folder = temporaryFolder()
const modelPath = folder.write('tiny.gguf', makeTinyModel())
afterAll(folder.remove)

describe('the plugin', () => {
  it('registers llamacpp, whose models take options beside the settings', async () => {
    const registry = new PluginRegistry()
    registry.use(plugin)
    const model = await registry.models.get('llamacpp', { modelPath, contextSize: 128, temperature: 0.5 })
    expect(model.info()).toEqual({
      name: 'tiny',
      provider: 'llamacpp',
      modelId: 'tiny',
      maxTokens: 128,
      supportsStreaming: true,
      supportsChat: false,
      extra: { backend: 'local', template: 'none', architecture: 'llama' },
    })
    const byId = await registry.models.get(`llamacpp:${modelPath}`)
    expect(byId.info().maxTokens).toBe(256)
    expect(() => registry.models.get(`llamacpp:${modelPath}`, { modelPath })).toThrow(/no setting "modelName"/)
  })

  it('loads neither engine nor template language before the first call', () => {
    const script = folder.write(
      'probe.mjs',
      `import { registerHooks } from 'node:module'
       const asked = []
       registerHooks({ resolve(specifier, context, next) { asked.push(specifier); return next(specifier, context) } })
       const { default: plugin } = await import(${JSON.stringify(source('plugin.ts'))})
       const drivers = {}
       plugin.register({ models: { register: (name, make) => (drivers[name] = make) } })
       drivers.llamacpp({ modelPath: ${JSON.stringify(modelPath)} }).info()
       console.log(JSON.stringify(asked))`,
    )
    const asked = JSON.parse(
      execFileSync(process.execPath, ['--no-warnings', script], { encoding: 'utf8' }),
    ) as string[]
    expect(asked).toContain('@insidellms/core/driver')
    expect(asked.filter((specifier) => /node-llama-cpp|jinja/.test(specifier))).toEqual([])
  })
})

describe('settings', () => {
  it.for<[object, string]>([
    [{}, 'modelPath must name a GGUF file'],
    [{ modelPath: '/no/such/m.gguf' }, `there is no file ${resolve('/no/such/m.gguf')}`],
    [{ modelPath: import.meta.filename }, 'and not with "GGUF"'],
    [{ modelPath, contextSize: 0 }, 'contextSize must be a whole number from 1 to 16777216; it is 0'],
    [{ modelPath, contextSize: 2 ** 40 }, 'contextSize must be a whole number from 1 to 16777216'],
    [{ modelPath, threads: 1.5 }, 'threads must be a whole number from 1'],
    [{ modelPath, sequences: '2' }, 'sequences must be a whole number from 1 to 256; it is "2"'],
    [{ modelPath, gpuLayers: -1 }, 'gpuLayers must be a whole number from 0'],
    [{ modelPath, gpu: 'tpu' }, 'gpu must be one of auto, metal, cuda, vulkan, false'],
    [{ modelPath, chatTemplate: '' }, 'chatTemplate must be a Jinja template'],
    [{ modelPath, context_size: 1 }, 'Did you mean "contextSize"?'],
  ])('%j is refused', ([settings, message]) => {
    const create = (): unknown => createLlamaCppDriver(settings as never)
    expect(create).toThrow(message)
    expect(create).toThrow(expect.objectContaining({ code: 'config', provider: 'llamacpp' }) as InsideLLMsError)
  })

  it('may name any part of a split model', () => {
    folder.write('split-00001-of-00002.gguf', makeTinyModel('{{ messages[0].content }}'))
    const second = folder.write('split-00002-of-00002.gguf', '')
    const info = createLlamaCppDriver({ modelPath: second }).info()
    expect(info).toMatchObject({ modelId: 'split-00001-of-00002', maxTokens: 256, extra: { template: 'file' } })
  })

  it('say where the template is from', () => {
    const withTemplate = folder.write('chat.gguf', makeTinyModel('{{ messages[0].content }}'))
    const template = (settings: { modelPath: string; chatTemplate?: string }): unknown =>
      new LlamaCppModel(settings).info().extra['template']
    expect(template({ modelPath })).toBe('none')
    expect(template({ modelPath: withTemplate })).toBe('file')
    expect(template({ modelPath: withTemplate, chatTemplate: '{{ messages }}' })).toBe('settings')
  })
})

function source(file: string): string {
  return new URL(`../src/${file}`, import.meta.url).href
}

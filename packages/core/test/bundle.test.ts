import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { runInNewContext } from 'node:vm'
import { build } from 'esbuild'
import { afterAll, describe, expect, it } from 'vitest'
import type * as index from '../src/index.ts'

const core = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8')) as { version: string }
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'insidellms-bundle-')))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('in a browser bundle', () => {
  it.each(['@insidellms/core', '@insidellms/core/driver', '@insidellms/core/chat-completions'])(
    '%s needs nothing of Node',
    async (entry) => {
      const { outputFiles, metafile } = await build({
        stdin: { contents: `export * from '${entry}'`, resolveDir: core },
        bundle: true,
        write: false,
        metafile: true,
        platform: 'browser',
        format: 'esm',
        logLevel: 'silent',
      })
      expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([])
      expect(outputFiles[0]?.text).not.toMatch(/["']node:/)
    },
  )

  it('answers without `process`, and says that discovery needs a disk', async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `
          import { DummyModel, registry } from '@insidellms/core'
          globalThis.done = (async () => {
            let streamed = ''
            for await (const text of new DummyModel().stream('one two')) streamed += text
            const model = await registry.models.get('dummy', { response: 'hi' })
            const answer = await model.generate('x')
            const error = await registry.discover().catch((error) => error)
            return JSON.stringify([streamed, answer, error])
          })()`,
        resolveDir: core,
      },
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'iife',
      logLevel: 'silent',
    })
    const context: { done?: Promise<string> } & Record<string, unknown> = {
      AbortController,
      AbortSignal,
      TextDecoder,
      TextEncoder,
      clearTimeout,
      performance,
      setTimeout,
    }
    context['globalThis'] = context
    runInNewContext(outputFiles[0]!.text, context)
    const [streamed, answer, error] = JSON.parse(await context.done!) as [string, string, object]
    expect([streamed, answer]).toEqual(['one two', 'hi'])
    expect(error).toMatchObject({
      code: 'config',
      message: 'Plugin discovery needs a project on disk; in a bundle, call registry.use(plugin).',
    })
  })
})

describe('the built package', () => {
  it('is one file without an import to begin with', () => {
    const text = readFileSync(join(core, 'dist/bundle/index.js'), 'utf8')
    expect(text).not.toMatch(/^import\b/m)
  })

  it('knows its version', async () => {
    const built = (await import(pathToFileURL(join(core, 'dist/bundle/index.js')).href)) as typeof index
    expect(() =>
      new built.PluginRegistry().use({ name: '@x/provider-y', apiVersion: 0 as 1, register: () => undefined }),
    ).toThrow(
      `@x/provider-y needs plugin API 0; @insidellms/core ${version} supports 1. Upgrade @x/provider-y, or pin @insidellms/core@0.`,
    )
  })
})

describe('ensureBuiltinsRegistered', () => {
  const run = async (lines: string): Promise<string> => {
    const entry = pathToFileURL(join(core, 'dist/bundle/index.js')).href
    const file = join(folder, `${Math.random().toString(36).slice(2)}.mjs`)
    writeFileSync(file, `import { ensureBuiltinsRegistered, modelRegistry } from ${JSON.stringify(entry)}\n${lines}`)
    return (await promisify(execFile)(process.execPath, [file], { cwd: folder })).stdout
  }

  it('looks once, and again only after a failure', async () => {
    const output = await run(`
      import { writeFileSync } from 'node:fs'
      const none = await ensureBuiltinsRegistered().catch((error) => error.code)
      writeFileSync('package.json', '{"dependencies":{}}')
      const first = ensureBuiltinsRegistered()
      console.log(JSON.stringify([none, first === ensureBuiltinsRegistered(), await first]))
      const error = await Promise.resolve().then(() => modelRegistry.get('openai', { modelName: 'gpt-4o' })).catch((error) => error)
      console.log(error.message)`)
    const [line, message] = output.split('\n')
    expect(JSON.parse(line!)).toEqual(['config', true, []])
    expect(message).toContain(`Looked at 0 direct dependencies of ${join(folder, 'package.json')}. Run:`)
  })
})

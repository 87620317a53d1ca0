import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, it } from 'vitest'
import { newerVersion } from '../src/pack.ts'
import { must } from '../src/run.ts'

const { tarballs, newerCore, projects } = inject('packed')
const root = fileURLToPath(new URL('../../..', import.meta.url))

interface Manifest {
  name: string
  version: string
  peerDependencies?: Record<string, string>
  insidellms?: unknown
}

const manifests = readdirSync(join(root, 'packages')).map(
  (folder) => JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')) as Manifest,
)
const core = manifests.find(({ name }) => name === '@insidellms/core')!

/** The least version of a caret range, which is the only kind that providers use. */
function least(range: string): string {
  return /^\^(\d+\.\d+\.\d+)$/.exec(range)?.[1] ?? ''
}

describe('the range of core', () => {
  it.each(manifests.filter(({ insidellms }) => insidellms !== undefined).map((manifest) => [manifest.name, manifest]))(
    'of %s is a caret range that the core beside it meets',
    (_name, { peerDependencies }) => {
      const [major, minor, patch] = least(peerDependencies?.['@insidellms/core'] ?? '')
        .split('.')
        .map(Number)
      const [coreMajor, coreMinor, corePatch] = core.version.split('.').map(Number)
      expect(major).toBe(coreMajor)
      expect(minor! * 1e6 + patch!).toBeLessThanOrEqual(coreMinor! * 1e6 + corePatch!)
    },
  )
})

/** One call of a network provider, and one of a stranger's, in a process of its own. */
const script = `
  import { createServer } from 'node:http'
  import { createRequire } from 'node:module'
  import { ensureBuiltinsRegistered, modelRegistry } from '@insidellms/core'
  await ensureBuiltinsRegistered()
  const completion = { id: 'c', object: 'chat.completion', created: 1, model: 'served-1',
    choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }] }
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(completion))
  }).listen(0, '127.0.0.1', async () => {
    const baseUrl = 'http://127.0.0.1:' + server.address().port + '/v1'
    const openai = await modelRegistry.get('openai', { modelName: 'm', apiKey: 'k', baseUrl })
    const { text, served } = await openai.respond('x')
    const acme = await modelRegistry.get('acme')
    const { version } = createRequire(import.meta.url)('@insidellms/core/package.json')
    console.log(JSON.stringify([version, text, served.model, await acme.generate('x')]))
    await openai.close()
    server.close()
  })`

const range = manifests.find(({ name }) => name === '@insidellms/provider-openai')!.peerDependencies![
  '@insidellms/core'
]!
const lowest = least(range)
// A version that is out already comes from where everybody gets it.
const lowestCore = lowest === core.version ? `file:${tarballs['@insidellms/core']}` : lowest

describe('a provider', () => {
  it.each([
    ['lowest', lowest, lowestCore],
    ['highest', newerVersion, `file:${newerCore}`],
  ])('works under the %s core that its range allows', (name, version, spec) => {
    const directory = join(projects, `core-${name}`)
    mkdirSync(directory, { recursive: true })
    writeFileSync(
      join(directory, 'package.json'),
      JSON.stringify({
        private: true,
        dependencies: {
          '@insidellms/core': spec,
          '@insidellms/provider-openai': `file:${tarballs['@insidellms/provider-openai']}`,
          'insidellms-provider-acme': `file:${tarballs['insidellms-provider-acme']}`,
        },
      }),
    )
    writeFileSync(join(directory, 'ask.mjs'), script)
    // Without --force or overrides: the peer ranges themselves must allow it.
    must('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--strict-peer-deps'], directory)
    const { stdout } = must(process.execPath, ['ask.mjs'], directory)
    expect(JSON.parse(stdout)).toEqual([version, 'hello', 'served-1', 'acme heard: x'])
  })
})

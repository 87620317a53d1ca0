import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { json, sse, startScriptedServer } from '@insidellms/conformance'
import { sharedPath } from '@insidellms/test-support'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { answer, chunksOf } from './support.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!)

/** Runs an example as it stands, as a module of this package. */
async function run(code: string): Promise<unknown[][]> {
  const file = new URL(`./readme-example-${process.pid}-${Math.random().toString(36).slice(2)}.ts`, import.meta.url)
  writeFileSync(file, code)
  const printed: unknown[][] = []
  vi.spyOn(console, 'log').mockImplementation((...values) => void printed.push(values))
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push([text]) > 0)
  try {
    await import(file.href)
  } finally {
    vi.restoreAllMocks()
    rmSync(file)
  }
  return printed
}

afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

describe('the README', () => {
  it('has a remote example that runs', async () => {
    await using server = await startScriptedServer(({ path, body }) =>
      path.startsWith('/huggingface.co/')
        ? json({ inferenceProviderMapping: { together: { status: 'live', providerId: 't', task: 'conversational' } } })
        : body.includes('"stream":true')
          ? sse(chunksOf('Once', ' upon'))
          : json(answer),
    )
    vi.stubEnv('HF_TOKEN', 'hf_0123456789')
    const real = globalThis.fetch
    // The example has no address of a server: its hosts are played here.
    const fetch = (url: string, init: RequestInit) => real(url.replace('https://', `${server.url}/`), init)
    const code = examples[0]!.replace('temperature: 0 }', 'temperature: 0, fetch: globalThis.played }')
    vi.stubGlobal('played', fetch)
    const printed = await run(code)
    expect(printed).toEqual([['Hi'], ['Once'], [' upon'], [4, 'served-model', undefined, expect.anything()]])
  })

  it.skipIf(sharedPath('models') === undefined)('has a local example that runs (needs ../shared/models)', async () => {
    const folder = sharedPath('models/onnx/stories260K')!
    const code = examples[1]!.replace("'models/stories'", JSON.stringify(folder))
    const [[text], [logprob, sha256, dtype, engine, seed]] = (await run(code)) as [string[], unknown[]]
    expect(text).toMatch(/^, there was a little girl named Lily/)
    expect(logprob).toMatchObject({ logprob: expect.any(Number) })
    expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    expect([dtype, engine, seed]).toEqual(['fp32', expect.stringContaining('onnxruntime'), expect.anything()])
  })
})

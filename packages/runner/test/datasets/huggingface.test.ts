import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { parseConfig } from '../../src/config/load-config.ts'
import { run } from '../../src/run/run.ts'
import { bench, readManifest } from '../support/bench.ts'
import { type HubRepository, type HubServer, hubServer } from '../support/hub-server.ts'
import { failure, readDataset } from '../support/read-dataset.ts'
import { readLines, scratch } from '../support/scratch.ts'

const token = 'hf_abcdefghijklmnop'
const [first, second, converted] = ['1', '2', 'c'].map((digit) => digit.repeat(40)) as [string, string, string]
const lines = (...prompts: string[]): string => prompts.map((prompt) => `${JSON.stringify({ prompt })}\n`).join('')

function parquet(...prompts: string[]): Buffer {
  return Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'prompt', data: prompts, type: 'STRING' }] }))
}

afterEach(() => vi.unstubAllEnvs())

interface Hub extends HubServer {
  cache: string
  read(more?: object): Promise<string[]>
}

async function hub(files: HubRepository['commits'][string], more: Partial<HubRepository> = {}): Promise<Hub> {
  const server = await hubServer('acme/qa', { commits: { [first]: files }, branches: { main: first }, ...more })
  const cache = scratch()
  vi.stubEnv('HF_ENDPOINT', `${server.url}/`)
  vi.stubEnv('HF_TOKEN', more.token)
  vi.stubEnv('INSIDELLMS_CACHE_DIR', cache)
  return Object.assign(server, {
    cache,
    read: async (entry: object = {}) =>
      (await readDataset(cache, { format: 'huggingface', name: 'acme/qa', ...entry })).map(
        ({ item }) => (item as { prompt: string }).prompt,
      ),
  })
}

const shards = {
  'README.md': '# QA\n',
  'data/train-00000-of-00001.parquet': parquet('train'),
  'data/test-00001-of-00002.parquet': parquet('c'),
  'data/test-00000-of-00002.parquet': parquet('a', 'b'),
}

describe('which files', () => {
  test('shards of a split, in order, over pages of the listing', async () => {
    const { read, requests } = await hub(shards)
    expect(await read({ split: 'test' })).toEqual(['a', 'b', 'c'])
    expect(requests.filter(({ path }) => path.includes('/tree/'))).toHaveLength(2)
  })

  test.each<[string, HubRepository['commits'][string], object, string[]]>([
    ['names of files', { 'train.jsonl': lines('no'), 'dev.jsonl': lines('yes') }, { split: 'validation' }, ['yes']],
    ['folders', { 'train/0.csv': 'prompt\nno\n', 'test/0.csv': 'prompt\nyes\n' }, { split: 'test' }, ['yes']],
    ['the only file', { 'questions.json': '[{"prompt":"yes"}]', 'dataset_infos.json': '{}' }, {}, ['yes']],
    ['JSON lines in a .json', { 'test.json': lines('a', 'b') }, {}, ['a', 'b']],
    ['a folder as config', { 'a/test.csv': 'prompt\nno\n', 'b/test.csv': 'prompt\nyes\n' }, { config: 'b' }, ['yes']],
    ['a path', { 'x/q.csv': 'prompt\nyes\n', 'x/r.jsonl': lines('no') }, { path: 'x/*.csv' }, ['yes']],
    [
      'the card',
      {
        'README.md':
          '---\nconfigs:\n- config_name: easy\n  data_files: e.csv\n- config_name: hard\n  data_files:\n  - split: test\n    path: ["h/[12].csv"]\n---\n# QA\n',
        'e.csv': 'prompt\neasy\n',
        'h/1.csv': 'prompt\none\n',
        'h/2.csv': 'prompt\ntwo\n',
        'h/3.csv': 'prompt\nthree\n',
      },
      { config: 'hard', split: 'test' },
      ['one', 'two'],
    ],
  ])('by %s', async (_name, files, entry, expected) => {
    const { read } = await hub(files)
    expect(await read(entry)).toEqual(expected)
  })

  test("the hub's own conversion, as a revision", async () => {
    const { read } = await hub(
      {},
      {
        commits: {
          [first]: { 'load.py': '' },
          [converted]: { 'main/train/0000.parquet': parquet('no'), 'main/test/0000.parquet': parquet('yes') },
        },
        branches: { main: first, 'refs/convert/parquet': converted },
      },
    )
    expect(await failure(read())).toContain('set dataset.revision: refs/convert/parquet')
    expect(await read({ revision: 'refs/convert/parquet', split: 'test', config: 'main' })).toEqual(['yes'])
    expect(await read({ revision: 'refs/convert/parquet', split: 'test' })).toEqual(['yes'])
  })

  test.each<[object, string]>([
    [{}, 'The dataset acme/qa has the splits test, train. Set dataset.split.'],
    [{ split: 'dev' }, 'The dataset acme/qa has no split "dev". It has test, train.'],
    [{ config: 'x' }, 'The dataset acme/qa has no config "x". It has none: remove dataset.config.'],
    [{ path: 'no*.csv' }, 'The dataset acme/qa has no file no*.csv at this revision. It has README.md, data/train'],
    [{ path: ['data/test*', 'README.md'] }, 'The dataset acme/qa has these rows in several formats'],
    [{ name: '../evil' }, 'needs dataset.name: owner/dataset; it is "../evil"'],
  ])('%j is an error that says what there is', async (entry, message) => {
    const { read } = await hub(shards)
    expect(await failure(read(entry))).toContain(message)
  })
})

describe('the revision', () => {
  test('is resolved to a commit, which the run records and its config pins', async () => {
    const { url } = await hub(shards)
    const { registry, runDir, directory } = bench({ items: [] })
    const dataset = { format: 'hf', name: 'acme/qa', split: 'test' }
    const config = parseConfig({ model: 'scripted', probe: 'echo', dataset }, { directory })
    await run(config, { registry, runDir: runDir('a') })
    const [record] = readLines(join(runDir('a'), 'records.jsonl')) as unknown as { dataset: object }[]
    expect(record!.dataset).toMatchObject({
      dataset_id: 'acme/qa',
      dataset_version: first,
      provenance: 'huggingface',
      params: { format: 'huggingface', name: 'acme/qa', split: 'test', revision: first },
    })
    expect(readManifest(runDir('a'))).toMatchObject({
      custom: {
        dataset_files: [
          { path: 'acme/qa/data/test-00000-of-00002.parquet' },
          { path: 'acme/qa/data/test-00001-of-00002.parquet' },
        ],
      },
    })
    expect(readFileSync(join(runDir('a'), 'config.resolved.yaml'), 'utf8')).toContain(`revision: "${first}"`)
    expect(JSON.stringify(readManifest(runDir('a')))).not.toContain(url)
  })

  test('a branch that moves is another commit; a pinned commit stays what it is, without network', async () => {
    const server = await hub({ 'q.jsonl': lines('old') })
    expect(await server.read()).toEqual(['old'])
    server.repository.commits[second] = { 'q.jsonl': lines('new') }
    server.repository.branches['main'] = second
    expect(await server.read()).toEqual(['new'])
    const asked = server.requests.length + server.stored.length
    expect(await server.read({ revision: first })).toEqual(['old'])
    expect(server.requests.length + server.stored.length).toBe(asked)
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9')
    expect(await failure(server.read(), 'network')).toContain('Check the network and HF_ENDPOINT. With a commit')
  })

  test('that moved under a run is why it cannot be resumed', async () => {
    const server = await hub({ 'q.jsonl': lines('a', 'b') })
    const { registry, runDir, directory } = bench({ items: [] })
    const dataset = { format: 'huggingface', name: 'acme/qa' }
    const config = parseConfig({ model: 'scripted', probe: 'echo', dataset }, { directory })
    await run(config, { registry, runDir: runDir('a') })
    server.repository.commits[second] = server.repository.commits[first]!
    server.repository.branches['main'] = second
    expect(await failure(run(config, { registry, runDir: runDir('a'), resume: true }), 'incompatible')).toContain(
      `the dataset has another revision (it was ${first}, it is ${second}; dataset.revision pins it). Undo that`,
    )
    const pinned = parseConfig(
      { model: 'scripted', probe: 'echo', dataset: { ...dataset, revision: first } },
      { directory },
    )
    expect((await run(pinned, { registry, runDir: runDir('a'), resume: true })).status).toBe('completed')
  })

  test('that is not there', async () => {
    const { read } = await hub(shards)
    expect(await failure(read({ revision: 'v9' }), 'not_found')).toContain('it has no such revision')
  })
})

describe('access', () => {
  test('the token goes to the hub and not to the store that it redirects to', async () => {
    const { read, requests, stored } = await hub(shards, { token })
    expect(await read({ split: 'test' })).toEqual(['a', 'b', 'c'])
    expect(requests.every(({ authorization }) => authorization === `Bearer ${token}`)).toBe(true)
    expect(stored).toHaveLength(2)
    expect(stored.filter(({ authorization }) => authorization !== undefined)).toEqual([])
  })

  test.each<[string, Partial<HubRepository>, string | undefined, string, string]>([
    [
      'private, without a token',
      { token },
      undefined,
      'auth',
      'for a private one set HF_TOKEN to a token that may read',
    ],
    [
      'private, with a wrong one',
      { token },
      'hf_another_token',
      'auth',
      'the token in HF_TOKEN is not valid, or may not',
    ],
    ['gated', { gated: true }, undefined, 'auth', '/datasets/acme/qa, and set HF_TOKEN'],
  ])('%s', async (_name, more, given, code, message) => {
    const { read } = await hub(shards, more)
    vi.stubEnv('HF_TOKEN', given)
    const text = await failure(read({ split: 'test' }), code)
    expect(text).toContain(message)
    expect(text).not.toContain('hf_')
  })

  test('none of that name', async () => {
    const { read } = await hub(shards)
    expect(await failure(read({ name: 'acme/other' }), 'not_found')).toContain('Check dataset.name (owner/dataset)')
  })

  test('a redirect that leaves http, and one in a circle', async () => {
    const server = await hub(shards)
    for (const [location, message] of [
      ['file:///etc/passwd', 'redirects to an address that is not safe'],
      ['/api/datasets/acme/qa/revision/main', 'redirects in a circle'],
    ]) {
      server.interfere = (_path, response) => {
        response.writeHead(302, { location })
        response.end()
        return true
      }
      expect(await failure(server.read(), 'network')).toContain(message)
    }
  })
})

describe('fetching', () => {
  const long = lines(...Array.from({ length: 20_000 }, (_, n) => `question ${n}`))

  test('a connection that breaks is gone on with where it broke', async () => {
    const server = await hub({ 'q.jsonl': long })
    let breaks = 2
    server.interfere = (_path, response, content, from = 0) => {
      if (content === undefined || breaks-- <= 0) return false
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from })
      response.write(content.subarray(from, from + 100_000))
      // Not before all of it is kept: what a broken connection has not handed over yet may be lost with it.
      const watch = setInterval(() => {
        const part = readdirSync(folderOf(server)).find((name) => name.includes('.part-'))
        if (part === undefined || statSync(join(folderOf(server), part)).size < from + 100_000) return
        clearInterval(watch)
        response.destroy()
      }, 5)
      return true
    }
    expect(await server.read()).toHaveLength(20_000)
    expect(server.stored.map(({ range }) => range)).toEqual([undefined, 'bytes=100000-', 'bytes=200000-'])
  })

  test('what a process that is gone left behind is gone on with', async () => {
    const server = await hub({ 'q.jsonl': long })
    await server.read()
    const folder = folderOf(server)
    const whole = readFileSync(join(folder, 'q.jsonl'))
    writeFileSync(join(folder, 'q.jsonl'), 'torn')
    writeFileSync(join(folder, `q.jsonl.part-${hostname()}-999999999`), whole.subarray(0, 5000))
    expect(await server.read()).toHaveLength(20_000)
    expect(server.stored.at(-1)!.range).toBe('bytes=5000-')
    expect(readdirSync(folder)).toEqual(['q.jsonl'])
  })

  test.each(['q.jsonl', 'q.csv'])('%s with another content than the hub states is never used', async (name) => {
    const server = await hub({ [name]: name === 'q.csv' ? 'prompt\nreal\n' : lines('real') })
    server.interfere = (_path, response, content) => {
      if (content === undefined) return false
      response.end(Buffer.from(content.toString().replace('real', 'fake')))
      return true
    }
    expect(await failure(server.read(), 'network')).toContain('its content is not the one that 127.0.0.1')
    expect(existsSync(join(folderOf(server), name))).toBe(false)
    server.interfere = () => false
    expect(await server.read()).toEqual(['real'])
    writeFileSync(
      join(folderOf(server), name),
      readFileSync(join(folderOf(server), name), 'utf8').replace('real', 'fake'),
    )
    expect(await server.read()).toEqual(['real'])
  })

  test('a connection that always breaks', async () => {
    const server = await hub({ 'q.csv': 'prompt\nreal\n' })
    server.interfere = (_path, response, content) => {
      if (content === undefined) return false
      response.writeHead(200, { 'content-length': content.length })
      response.write(content.subarray(0, 3), () => setTimeout(() => response.destroy(), 20))
      return true
    }
    expect(await failure(server.read(), 'network')).toContain('the connection breaks after 3 of 12 bytes')
  })

  test('the hub that has a problem is asked again', async () => {
    const server = await hub(shards)
    let problems = 2
    server.interfere = (_path, response) => {
      if (problems-- <= 0) return false
      response.writeHead(problems === 0 ? 503 : 429, { 'retry-after': '0' })
      response.end()
      return true
    }
    expect(await server.read({ split: 'train' })).toEqual(['train'])
  })

  test('a name that leads out of the cache is refused', async () => {
    const server = await hub({ '../../../../../../evil.csv': 'prompt\nx\n' })
    expect(await failure(server.read({ path: '**' }), 'invalid_response')).toContain('a file of an unsafe name')
    expect(existsSync(join(server.cache, 'evil.csv'))).toBe(false)
  })

  test('an address that is no hub', async () => {
    const server = await hub(shards)
    server.interfere = (_path, response) => Boolean(response.end('<html>'))
    expect(await failure(server.read(), 'invalid_response')).toContain(
      'Is HF_ENDPOINT the address of a Hugging Face hub?',
    )
    vi.stubEnv('HF_ENDPOINT', 'not an address')
    expect(await failure(server.read())).toContain('HF_ENDPOINT is no http address')
  })
})

function folderOf({ cache, url }: Hub): string {
  return join(cache, 'huggingface', new URL(url).host.replace(':', '_'), 'acme', 'qa', first, 'files')
}

import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig, parseConfig } from '../../src/config/load-config.ts'
import type { ConfigFile } from '../../src/config/config-schema.ts'
import type { DatasetFilter } from '../../src/config/dataset-schema.ts'
import { SampleChoice, sampleKey } from '../../src/datasets/sample-choice.ts'
import { run } from '../../src/run/run.ts'
import { bench } from '../support/bench.ts'
import { failure, readDataset } from '../support/read-dataset.ts'
import { put, readLines, scratch } from '../support/scratch.ts'

const rows = [
  { id: 'a', split: 'test', level: 1, score: 0.5, hard: true, meta: { lang: 'en' } },
  { id: 'b', split: 'train', level: 2, score: 0.7, hard: false, meta: { lang: 'de' } },
  { id: 'c', split: 'test', level: 3, score: null, hard: false },
  { id: 'd', split: 'test', level: 2, score: 0.9, 'meta.lang': 'fr' },
]

function ids(filter: DatasetFilter): Promise<string> {
  const directory = scratch()
  put(directory, 'd.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return kept(directory, 'd.jsonl', filter)
}

async function kept(directory: string, path: string, filter: DatasetFilter): Promise<string> {
  const items = await readDataset(directory, { path, filter })
  return items.map(({ item }) => (item as { id: string }).id).join('')
}

describe('filter', () => {
  test.each<[DatasetFilter, string]>([
    [{ split: 'test' }, 'acd'],
    [{ split: 'test', level: [1, 2] }, 'ad'],
    [{ level: { gte: 2 } }, 'bcd'],
    [{ level: { gt: 1, lt: 3 } }, 'bd'],
    [{ level: { not: 2 } }, 'ac'],
    [{ level: { not: [1, 2] } }, 'c'],
    [{ score: { lte: 0.7 } }, 'ab'],
    [{ score: null }, 'c'],
    [{ score: { not: null } }, 'abd'],
    [{ hard: true }, 'a'],
    [{ hard: null }, 'd'],
    [{ 'meta.lang': ['en', 'fr'] }, 'ad'],
    [{ id: { gt: 'b' } }, 'cd'],
  ])('%j', async (filter, expected) => {
    expect(await ids(filter)).toBe(expected)
  })

  test('a text does not equal a number that it does not spell, nor a number a text', async () => {
    expect(await failure(ids({ level: '1' }))).toBe('The filter keeps no row of d.jsonl, which has 4.')
  })

  test("a CSV's texts are compared as what they spell", async () => {
    const directory = scratch()
    put(directory, 'd.csv', 'id,level,hard\na,1,true\nb,10,False\nc,,\n')
    expect(await kept(directory, 'd.csv', { level: [1, 10] })).toBe('ab')
    expect(await kept(directory, 'd.csv', { level: { gt: 2 } })).toBe('b')
    expect(await kept(directory, 'd.csv', { hard: false })).toBe('b')
    expect(await kept(directory, 'd.csv', { level: null })).toBe('c')
  })

  test('a field that no row has', async () => {
    expect(await failure(ids({ levl: 1 }))).toBe(
      'The filter names the field "levl", which no row of d.jsonl has. Did you mean "level"?',
    )
    expect(await failure(ids({ zzzzzz: null }))).toContain(
      'Its fields: id, split, level, score, hard, meta, meta.lang.',
    )
  })

  test('values that cannot be compared', async () => {
    expect(await failure(ids({ split: { gt: 3 } }))).toBe(
      'd.jsonl:1: the filter cannot compare the field "split": "test" is no number, as 3 is.',
    )
    expect(await failure(ids({ level: { lt: 'x' } }))).toContain('1 is no text, as "x" is.')
  })
})

describe('sample', () => {
  const sample = async (size: number, seed: number, filter?: DatasetFilter): Promise<number[]> => {
    const directory = scratch()
    put(directory, 'd.jsonl', Array.from({ length: 1000 }, (_, n) => `{"n":${n},"odd":${n % 2}}\n`).join(''))
    const items = await readDataset(directory, { path: 'd.jsonl', sample: { size, seed }, ...(filter && { filter }) })
    return items.map(({ item, position, line }) => {
      const { n } = item as { n: number }
      expect([position, line]).toEqual([n, n + 1])
      return n
    })
  }

  test('is the same everywhere: these are the rows', async () => {
    expect(await sample(8, 7)).toEqual([176, 287, 367, 503, 713, 817, 839, 892])
  })

  test('keeps the order, and a larger one holds a smaller one', async () => {
    const small = await sample(50, 3)
    const large = await sample(200, 3)
    expect(small).toHaveLength(50)
    expect(large).toHaveLength(200)
    expect(large).toEqual([...large].sort((a, b) => a - b))
    expect(small.filter((n) => !large.includes(n))).toEqual([])
    expect(await sample(50, 4)).not.toEqual(small)
  })

  test('is drawn behind the filter', async () => {
    const chosen = await sample(40, 1, { odd: 1 })
    expect(chosen).toHaveLength(40)
    expect(chosen.every((n) => n % 2 === 1)).toBe(true)
  })

  test('of all rows are all rows; more than there are is an error', async () => {
    expect(await sample(1000, 1)).toHaveLength(1000)
    expect(await failure(sample(501, 1, { odd: 0 }))).toBe(
      'The sample asks for 501 rows of d.jsonl; 500 are there behind the filter. Ask for fewer.',
    )
  })

  test('every row is chosen equally often, whatever its neighbour', () => {
    const count = 40
    const draws = 20_000
    const single = new Uint32Array(count)
    let neighbours = 0
    for (let seed = 0; seed < draws; seed++) {
      const choice = new SampleChoice(10, seed)
      for (let position = 0; position < count; position++) choice.offer(position)
      const chosen = Array.from({ length: count }, (_, at) => sampleKey(seed, at) <= choice.largestKey)
      expect(chosen.filter(Boolean)).toHaveLength(10)
      for (const [at, yes] of chosen.entries()) {
        if (yes) single[at]!++
        if (yes && chosen[at + 1]) neighbours++
      }
    }
    // 5000 each, with a standard deviation of 61; 39 pairs at 10/40 x 9/39.
    for (const times of single) expect(Math.abs(times - 5000)).toBeLessThan(61 * 5)
    expect(neighbours / (draws * 39 * (90 / 1560))).toBeCloseTo(1, 1)
  })
})

describe('a run with filter and sample', () => {
  const items = Array.from({ length: 30 }, (_, n) => ({ prompt: `p${n}`, level: n % 3 }))
  const dataset = (more: object) => ({ dataset: { path: 'data.jsonl', ...more } }) as Partial<ConfigFile>

  test('names items by their place in the whole dataset, resumes, and caps what is left by max_examples', async () => {
    const { registry, runDir, config, directory } = bench({
      items,
      config: { ...dataset({ filter: { level: 1 }, sample: { size: 6, seed: 5 } }), maxExamples: 4 },
    })
    await run(config, { registry, runDir: runDir('a') })
    const records = readLines(join(runDir('a'), 'records.jsonl')) as unknown as {
      example_id: string
      dataset: { params: object }
    }[]
    expect(records).toHaveLength(4)
    for (const { example_id } of records) expect(Number(example_id) % 3).toBe(1)
    expect(records[0]!.dataset.params).toMatchObject({ filter: { level: 1 }, sample: { size: 6, seed: 5 } })
    const again = await run(config, { registry, runDir: runDir('a'), resume: true })
    expect(again.counts.success).toBe(4)
    const resolved = await loadConfig(join(runDir('a'), 'config.resolved.yaml'))
    const moved = { ...resolved, directory }
    expect((await run(moved, { registry, runDir: runDir('b') })).runId).toBe(again.runId)
  })

  test('is another run with another seed or filter; the seed has a default that is shown', async () => {
    const runIds = new Set<string>()
    for (const more of [
      {},
      { sample: { size: 5 } },
      { sample: { size: 5, seed: 1 } },
      { filter: { level: 1 } },
      { filter: { level: [1] } },
    ]) {
      const { registry, runDir, config } = bench({ items, config: dataset(more) })
      runIds.add((await run(config, { registry, runDir: runDir('a') })).runId)
    }
    expect(runIds.size).toBe(5)
    expect(parseConfig({ model: 'dummy', probe: 'echo', ...dataset({ sample: { size: 5 } }) }).shown).toMatchObject({
      dataset: { sample: { size: 5, seed: 0 } },
    })
  })

  test("a field's name keeps its spelling, and an environment variable is no secret", () => {
    const config = { model: 'dummy', probe: 'echo', ...dataset({ filter: { api_key: '${SPLIT}', maxLevel: 1 } }) }
    const { shown, secrets } = parseConfig(config, { environment: { SPLIT: 'test-split' } })
    expect(shown).toMatchObject({ dataset: { filter: { api_key: 'test-split', maxLevel: 1 } } })
    expect(secrets).toEqual([])
  })

  test.each([
    [{ filter: { level: { gtt: 1 } } }, 'config: Unknown key "gtt" in dataset.filter.level. Did you mean "gt"?'],
    [{ sample: { size: 0 } }, 'config: dataset.sample.size must be at least 1; it is the number 0.'],
    [{ sample: { sise: 3 } }, 'Unknown key "sise" in dataset.sample. Did you mean "size"?'],
    [{ filter: { level: [] } }, 'dataset.filter.level must be'],
    [{ path: [] }, 'dataset.path must be'],
  ])('%j is refused', (more, message) => {
    expect(() => parseConfig({ model: 'dummy', probe: 'echo', ...dataset(more) } as ConfigFile)).toThrow(message)
  })
})

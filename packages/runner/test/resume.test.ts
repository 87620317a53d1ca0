import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InsideLLMsError } from '@insidellms/core'
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../src/config/load-config.ts'
import { run } from '../src/run/run.ts'
import { bench, digest, echoProbe, items, readManifest } from './support/bench.ts'

describe('a resumed run', () => {
  test('drops torn last lines, keeps what is done, and asks nothing twice that was answered', async () => {
    const { registry, config, runDir, asked } = bench({ items: items(30), config: { repeats: 2 } })
    await run(config, { registry, runDir: runDir('whole') })
    const lines = (name: string): string[] => readFileSync(join(runDir('whole'), name), 'utf8').split(/(?<=\n)/)
    for (const [records, calls] of [
      [0, 0],
      [0, 11],
      [10, 11],
      [10, 60],
      [59, 60],
      [60, 60],
    ] as const) {
      const target = runDir(`broken-${records}-${calls}`)
      await run(config, { registry, runDir: target })
      writeFileSync(
        join(target, 'records.jsonl'),
        `${lines('records.jsonl').slice(0, records).join('')}{"completed_at":"20`,
      )
      writeFileSync(join(target, 'calls.jsonl'), `${lines('calls.jsonl').slice(0, calls).join('')}{"model":"scri`)
      rmSync(join(target, 'summary.json'))
      const before = asked.length
      const result = await run(config, { registry, runDir: target, resume: true })
      expect(asked.length - before).toBe(60 - calls)
      expect(result.counts.success).toBe(60)
      for (const name of ['records.jsonl', 'summary.json'])
        expect(digest(target, name)).toBe(digest(runDir('whole'), name))
      const { digests } = readManifest(target)['custom'] as unknown as { digests: Record<string, string> }
      expect(digests['calls.jsonl']).toBe(digest(target, 'calls.jsonl'))
      expect(digests['records.jsonl']).toBe(digest(target))
    }
  })

  test('without its records, or its calls, or its manifest, still comes to the same end', async () => {
    const { registry, config, runDir, asked } = bench({ items: items(20) })
    await run(config, { registry, runDir: runDir('whole') })
    for (const [name, asks] of [
      ['records.jsonl', 0],
      ['calls.jsonl', 0],
      ['manifest.json', 0],
    ] as const) {
      const target = runDir(`without-${name}`)
      await run(config, { registry, runDir: target })
      rmSync(join(target, name))
      const before = asked.length
      await run(config, { registry, runDir: target, resume: true })
      expect([name, asked.length - before]).toEqual([name, asks])
      expect(digest(target)).toBe(digest(runDir('whole')))
    }
  })

  test('a line that was damaged on disk is made again, with all that follow it', async () => {
    const { registry, config, runDir, asked } = bench({ items: items(20) })
    await run(config, { registry, runDir: runDir('whole') })
    await run(config, { registry, runDir: runDir('a') })
    const path = join(runDir('a'), 'records.jsonl')
    const text = readFileSync(path, 'utf8').split('\n')
    text[7] = '\0'.repeat(text[7]!.length)
    writeFileSync(path, text.join('\n'))
    const before = asked.length
    await run(config, { registry, runDir: runDir('a'), resume: true })
    expect(asked.length).toBe(before)
    expect(digest(runDir('a'))).toBe(digest(runDir('whole')))
  })

  test('a directory without a run begins one', async () => {
    const { registry, config, runDir } = bench({ items: items(2) })
    expect((await run(config, { registry, runDir: runDir('a'), resume: true })).status).toBe('completed')
  })

  test('asks again for errors only when it is told to', async () => {
    let broken = true
    const { registry, config, runDir, asked } = bench({
      items: items(20),
      config: { model: { type: 'scripted', args: { maxRetries: 0 } } },
      answer: (prompt) => {
        if (broken && /[37]$/.test(prompt)) throw new InsideLLMsError('server', 'Down for a while.')
        return `<${prompt}>`
      },
    })
    const first = await run(config, { registry, runDir: runDir('a') })
    expect(first.counts).toMatchObject({ success: 16, error: 4 })
    broken = false
    const before = digest(runDir('a'))
    await run(config, { registry, runDir: runDir('a'), resume: true })
    expect([asked.length, digest(runDir('a'))]).toEqual([20, before])
    const retried = await run(config, { registry, runDir: runDir('a'), resume: true, retryErrors: true })
    expect(asked).toHaveLength(24)
    expect(retried.counts).toMatchObject({ success: 20, error: 0 })
    await run(config, { registry, runDir: runDir('whole') })
    expect(digest(runDir('a'))).toBe(digest(runDir('whole')))
    // The later answer is the one that a replay gives.
    await run(config, { registry, runDir: runDir('b'), replay: runDir('a') })
    expect(digest(runDir('b'))).toBe(digest(runDir('whole')))
  })

  test('is refused when config, dataset or code have moved, and says what', async () => {
    const { registry, config, runDir, directory } = bench({ items: items(3) })
    const target = runDir('a')
    await run(config, { registry, runDir: target })
    const before = digest(target)
    const resume = (given: typeof config, with_ = registry): Promise<unknown> =>
      run(given, { registry: with_, runDir: target, resume: true })
    const other = { model: 'scripted', probe: 'echo', dataset: { path: 'data.jsonl' }, generation: { seed: 1 } }
    await expect(resume(parseConfig(other, { directory }))).rejects.toThrow(
      `The run in ${target} cannot be resumed: its config has another generation.`,
    )
    const newer = bench({ items: items(3), probe: { ...echoProbe, version: '2.0' } })
    await expect(resume(config, newer.registry)).rejects.toThrow('the probe echo was version 1.0 and is version 2.0')
    appendFileSync(join(directory, 'data.jsonl'), '{"prompt":"one more"}\n')
    await expect(resume(config)).rejects.toThrow('cannot be resumed: the dataset has changed (it was sha256:')
    expect(digest(target)).toBe(before)
  })

  test('goes on with fewer or more calls at once, and another report title', async () => {
    const { registry, config, runDir, directory } = bench({ items: items(10) })
    await run(config, { registry, runDir: runDir('a') })
    truncateSync(join(runDir('a'), 'records.jsonl'), 100)
    const same = parseConfig(
      { model: 'scripted', probe: 'echo', dataset: { path: 'data.jsonl' }, concurrency: 64, reportTitle: 'New' },
      { directory },
    )
    expect((await run(same, { registry, runDir: runDir('a'), resume: true })).status).toBe('completed')
  })
})

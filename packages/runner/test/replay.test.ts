import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DummyModel, InsideLLMsError, Model, type ModelDriver, PluginRegistry, type Probe } from '@insidellms/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseConfig } from '../src/config/load-config.ts'
import { withCassette } from '../src/replay/with-cassette.ts'
import { run } from '../src/run/run.ts'
import { bench, digest, echoProbe, items } from './support/bench.ts'
import { readLines, scratch } from './support/scratch.ts'

/** A registry without any model: what replays must not need one. */
function probesOnly(probe: Probe = echoProbe): PluginRegistry {
  const registry = new PluginRegistry()
  registry.probes.register('echo', () => probe)
  return registry
}

describe('a replayed run', () => {
  test('has the same bytes, errors and repeats included, without its provider', async () => {
    let calls = 0
    const { registry, config, runDir } = bench({
      items: [...items(20), { id: 'q1', prompt: 'prompt 1' }, { id: 'twin', prompt: 'prompt 1' }],
      config: { repeats: 3, model: { type: 'scripted', args: { maxRetries: 0 } } },
      answer: (prompt) => {
        calls++
        if (calls % 7 === 0) throw new InsideLLMsError('server', `The vendor failed, call ${calls}.`, { status: 503 })
        // Every answer is another one, so that a mixed-up replay would show.
        return `${prompt} ${calls}`
      },
    })
    await run(config, { registry, runDir: runDir('a'), concurrency: 8 })
    for (const concurrency of [1, 64])
      await run(config, { registry: probesOnly(), runDir: runDir(`b${concurrency}`), replay: runDir('a'), concurrency })
    expect(calls).toBe(66)
    expect(digest(runDir('b1'))).toBe(digest(runDir('a')))
    expect(digest(runDir('b64'))).toBe(digest(runDir('a')))
    // And is a cassette itself.
    await run(config, { registry: probesOnly(), runDir: runDir('c'), replay: runDir('b64') })
    expect(digest(runDir('c'))).toBe(digest(runDir('a')))
  })

  test('streams come again piece by piece, and a stream that was left is left again', async () => {
    const probe: Probe = {
      name: 'echo',
      version: '1',
      primaryMetric: 's',
      async run(model, item) {
        const pieces: string[] = []
        for await (const piece of model.stream((item as { prompt: string }).prompt)) pieces.push(piece)
        for await (const piece of model.stream('leave this early')) {
          pieces.push(piece)
          break
        }
        return { output: pieces, scores: { s: pieces.length }, primaryMetric: 's' }
      },
    }
    const { registry, config, runDir } = bench({ items: items(3), probe, config: { model: 'dummy' } })
    await run(config, { registry, runDir: runDir('a') })
    await run(config, { registry: probesOnly(probe), runDir: runDir('b'), replay: runDir('a') })
    expect(digest(runDir('b'))).toBe(digest(runDir('a')))
    expect(readLines(join(runDir('a'), 'records.jsonl'))[0]).toMatchObject({ output: ['prompt', ' 0', 'leave'] })
  })

  test('a request that is not recorded ends it, and the nearest one is shown', async () => {
    const { registry, config, runDir, directory } = bench({
      items: items(5),
      config: { generation: { temperature: 0, maxTokens: 5 } },
    })
    await run(config, { registry, runDir: runDir('a') })
    const other = parseConfig(
      {
        model: 'scripted',
        probe: 'echo',
        dataset: { path: 'data.jsonl' },
        generation: { temperature: 0.7, maxTokens: 5 },
      },
      { directory },
    )
    await expect(run(other, { registry, runDir: runDir('b'), replay: runDir('a') })).rejects.toThrow(
      `The request of echo item q0 is not among the calls recorded in ${join(runDir('a'), 'calls.jsonl')}. The nearest one (item q0) differs in temperature: recorded 0, asked 0.7. Replay with allowNew (--allow-new) to ask what is new, or record again.`,
    )
  })

  test('what differs in the messages is shown too', async () => {
    const { registry, config, runDir } = bench({ items: items(3) })
    await run(config, { registry, runDir: runDir('a') })
    const probe: Probe = {
      ...echoProbe,
      run: async (model, item) => {
        const output = await model.generate(`${(item as { prompt: string }).prompt.replace('prompt', 'promqt')}`)
        return { output, scores: { match: 0 }, primaryMetric: 'match' }
      },
    }
    await expect(
      run(config, { registry: probesOnly(probe), runDir: runDir('b'), replay: runDir('a') }),
    ).rejects.toThrow('differs in its messages, at "[{\\"content\\":\\"prom": recorded "p", asked "q".')
  })

  test('with allowNew asks only what is new', async () => {
    const { registry, config, runDir, asked, directory } = bench({ items: items(5) })
    await run(config, { registry, runDir: runDir('a') })
    const more = parseConfig(
      { model: 'scripted', probe: 'echo', dataset: { path: 'data.jsonl' }, repeats: 2 },
      { directory },
    )
    await run(more, { registry, runDir: runDir('b'), replay: runDir('a'), allowNew: true })
    expect(asked).toHaveLength(10)
    expect(readLines(join(runDir('b'), 'records.jsonl'))).toHaveLength(10)
  })

  test('never gives one recorded answer to two repeats', async () => {
    const { registry, config, runDir, directory } = bench({ items: items(2) })
    await run(config, { registry, runDir: runDir('a') })
    const more = parseConfig(
      { model: 'scripted', probe: 'echo', dataset: { path: 'data.jsonl' }, repeats: 2 },
      { directory },
    )
    await expect(run(more, { registry, runDir: runDir('b'), replay: runDir('a'), concurrency: 1 })).rejects.toThrow(
      'as often as it is made now: each recorded answer is given once.',
    )
  })

  test('of one model does not answer for another of the same id', async () => {
    const { registry, runDir, directory } = bench({ items: items(2) })
    const harness = (prefix: string): ReturnType<typeof parseConfig> =>
      parseConfig(
        {
          models: [
            { type: 'dummy', name: 'plain' },
            { type: 'dummy', name: 'fixed', args: { response: `${prefix}!` } },
          ],
          probe: 'echo',
          dataset: { path: 'data.jsonl' },
        },
        { directory },
      )
    await run(harness('hey'), { registry, runDir: runDir('a'), concurrency: 1 })
    await run(harness('hey'), { registry: probesOnly(), runDir: runDir('b'), replay: runDir('a') })
    expect(digest(runDir('b'))).toBe(digest(runDir('a')))
    expect(readLines(join(runDir('b'), 'records.jsonl')).map(({ output }) => output)).toEqual([
      'prompt 0',
      'prompt 1',
      'hey!',
      'hey!',
    ])
  })

  test('of a directory without a run, or of the Python original: says so', async () => {
    const { registry, config, runDir, directory } = bench({ items: items(2) })
    await expect(run(config, { registry, runDir: runDir('a'), replay: directory })).rejects.toThrow(
      `There is no run to replay in ${directory}: it has no manifest.json.`,
    )
  })
})

describe('a custom model', () => {
  class Counter extends Model {
    count = 0

    async generate(prompt: string): Promise<string> {
      return `${prompt} ${this.count++}`
    }

    info(): ReturnType<Model['info']> {
      return {
        name: this.name,
        provider: 'mine',
        modelId: 'counter',
        maxTokens: null,
        supportsStreaming: false,
        supportsChat: false,
        extra: {},
      }
    }
  }

  test('is replayed byte for byte', async () => {
    const { registry, runDir, directory } = bench({ items: items(10) })
    registry.models.register('counter', () => new Counter())
    const config = parseConfig({ model: 'counter', probe: 'echo', dataset: { path: 'data.jsonl' } }, { directory })
    await run(config, { registry, runDir: runDir('a') })
    await run(config, { registry: probesOnly(), runDir: runDir('b'), replay: runDir('a') })
    expect(digest(runDir('b'))).toBe(digest(runDir('a')))
  })
})

describe('withCassette', () => {
  test('records, and answers from the file alone', async () => {
    const path = join(scratch(), 'cassette.jsonl')
    let calls = 0
    const recording = await withCassette(
      new DummyModel({ response: (prompt) => `${prompt} ${++calls}` }),
      path,
      'record',
    )
    const first = await recording.respond('one', { temperature: 0.5 })
    expect(await recording.generate('two')).toBe('two 2')
    let streamed = ''
    for await (const piece of recording.stream('three little pieces')) streamed += piece
    await recording.close()
    expect(streamed).toBe('three little pieces 3')

    const replaying = await withCassette(
      new DummyModel({ response: () => Promise.reject(new Error('asked')) }),
      path,
      'replay',
    )
    onTestFinished(() => replaying.close())
    const pieces: string[] = []
    for await (const piece of replaying.stream('three little pieces')) pieces.push(piece)
    expect(pieces).toEqual(['three', ' little', ' pieces', ' 3'])
    expect(await replaying.respond('one', { temperature: 0.5 })).toEqual(first)
    expect(await replaying.generate('two')).toBe('two 2')
    await expect(replaying.generate('two')).rejects.toThrow('each recorded answer is given once')
    await expect(replaying.generate('tow')).rejects.toThrow(/differs in its messages.* Use the mode auto to ask/)
    expect(calls).toBe(3)
  })

  test('auto asks and adds what is new, over a torn last line too', async () => {
    const path = join(scratch(), 'cassette.jsonl')
    const asked: string[] = []
    const open = (): Promise<Model> =>
      withCassette(new DummyModel({ response: (prompt) => (asked.push(prompt), prompt) }), path, 'auto')
    const first = await open()
    await first.generate('one')
    await first.close()
    appendFileSync(path, '{"model":"dum')
    const second = await open()
    await second.generate('one')
    await second.generate('two')
    await second.close()
    const third = await open()
    await third.generate('two')
    await third.generate('one')
    await third.close()
    expect(asked).toEqual(['one', 'two'])
    expect(readLines(path)).toHaveLength(2)
  })

  test('gives errors again with their code, status and partial text', async () => {
    const path = join(scratch(), 'cassette.jsonl')
    const failing: ModelDriver['respond'] = () =>
      Promise.reject(new InsideLLMsError('incomplete_stream', 'Cut.', { status: 200, partial: { text: 'Once up' } }))
    const model = new DummyModel({ response: () => failing({} as never) as never, maxRetries: 0 })
    const recording = await withCassette(model, path, 'record')
    const thrown = await recording.generate('x').catch((error: unknown) => error)
    await recording.close()
    const replaying = await withCassette(new DummyModel(), path, 'replay')
    const again = await replaying.generate('x').catch((error: unknown) => error)
    await replaying.close()
    expect(InsideLLMsError.isInstance(again)).toBe(true)
    expect(JSON.stringify(again)).toBe(JSON.stringify(thrown))
  })

  test('of a cassette that is not there', async () => {
    await expect(withCassette(new DummyModel(), '/no/such.jsonl', 'replay')).rejects.toThrow(
      'There are no recorded calls at /no/such.jsonl.',
    )
  })

  test('holds no secret', async () => {
    const path = join(scratch(), 'cassette.jsonl')
    const model = await withCassette(new DummyModel(), path, 'record', { secrets: ['hunter22'] })
    await model.generate('my password is hunter22')
    await model.close()
    expect(readFileSync(path, 'utf8')).not.toContain('hunter22')
  })
})

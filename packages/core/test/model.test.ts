import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { DriverModel } from '../src/driver-model.ts'
import { DummyModel } from '../src/dummy-model.ts'
import type { GenerateOptions } from '../src/generate-options.ts'
import { Model } from '../src/model.ts'
import type { ModelInfo } from '../src/model-info.ts'
import { answer, collect, failure, fakeDriver, never } from './support.ts'

/** As little as the contract asks for. */
class Shouting extends Model {
  asked: (GenerateOptions | undefined)[] = []

  async generate(prompt: string, options?: GenerateOptions): Promise<string> {
    this.asked.push(options)
    return prompt.toUpperCase()
  }

  info(): ModelInfo {
    return {
      name: this.name,
      provider: 'shouting',
      modelId: 'shouting-1',
      maxTokens: null,
      supportsStreaming: false,
      supportsChat: false,
      extra: {},
    }
  }
}

describe('a model with generate and info only', () => {
  it('answers every shape of call', async () => {
    const model = new Shouting()
    expect(model.name).toBe('Shouting')
    expect(await model.chat([{ role: 'user', content: 'hi' }])).toBe('HI')
    expect(await collect(model.stream('hi'))).toEqual(['HI'])
    expect(await collect(model.events('hi'))).toMatchObject([
      { type: 'text', text: 'HI' },
      { type: 'finish', response: { text: 'HI', parts: [{ type: 'text', text: 'HI' }], timing: { attempts: 1 } } },
    ])
    expect((await model.batch(['a', 'b'])).map(({ text }) => text)).toEqual(['A', 'B'])
    await using disposable = model
    await disposable.close()
  })

  it('says what to implement for any other chat', async () => {
    const model = new Shouting()
    const chats = [
      [
        { role: 'system', content: 's' },
        { role: 'user', content: 'u' },
      ],
      [{ role: 'assistant', content: 'u' }],
      [{ role: 'user', content: [{ type: 'text', text: 'u' }] }],
      [],
    ] as Parameters<Model['chat']>[0][]
    for (const chat of chats) {
      const error = await failure(() => model.chat(chat))
      expect(error).toMatchObject({ code: 'unsupported' })
      expect(error.message).toContain('respond()')
    }
  })

  it('accounts for every option, and refuses a misspelt one', async () => {
    const model = new Shouting()
    const { ledger } = await model.respond('x', { seed: 7, providerOptions: { top_a: 1 } })
    expect(Object.keys(ledger)).toEqual(['seed', 'providerOptions.top_a'])
    expect(ledger['seed']).toMatchObject({ status: 'mapped', reason: expect.stringContaining('Shouting.generate()') })
    const error = await failure(() => model.respond('x', { temprature: 1 } as GenerateOptions))
    expect(error).toMatchObject({ code: 'invalid_request' })
    expect(error.message).toContain('Did you mean "temperature"?')
  })

  it('must give a text', async () => {
    class Broken extends Shouting {
      override async generate(): Promise<string> {
        return undefined as unknown as string
      }
    }
    expect(await failure(() => new Broken().chat([{ role: 'user', content: 'x' }]))).toMatchObject({
      code: 'invalid_response',
    })
  })
})

describe('batch', () => {
  it('keeps the order and the bound', async () => {
    let now = 0
    let most = 0
    const model = new DriverModel(
      fakeDriver({
        async respond({ messages }) {
          most = Math.max(most, ++now)
          const text = String(messages[0]?.content)
          await new Promise((resolve) => setTimeout(resolve, text.length % 3))
          now--
          return answer(text)
        },
      }),
    )
    const inputs = Array.from({ length: 30 }, (_, index) => 'x'.repeat(index))
    const responses = await model.batch(inputs, { concurrency: 4 })
    expect(responses.map(({ text }) => text)).toEqual(inputs)
    expect(most).toBe(4)
  })

  it('ends at the first error, aborts what is under way and begins nothing more', async () => {
    let aborted = 0
    let begun = 0
    const model = new DriverModel(
      fakeDriver({
        async respond({ messages, signal }) {
          begun++
          if (messages[0]?.content === 'bad') throw Object.assign(new Error('no'), { status: 400 })
          await new Promise((_, reject) =>
            signal?.addEventListener('abort', () => {
              aborted++
              reject(signal.reason)
            }),
          )
          return answer('')
        },
      }),
    )
    const error = await failure(() => model.batch(['a', 'b', 'bad', 'c', 'd'], { concurrency: 3 }))
    expect(error).toMatchObject({ code: 'invalid_request', status: 400 })
    expect({ begun, aborted }).toEqual({ begun: 3, aborted: 2 })
  })

  it('follows the signal, also with a model that ignores it, and leaves no listener', async () => {
    const controller = new AbortController()
    const hanging = new DriverModel(fakeDriver({ respond: () => never }))
    const waiting = failure(() => hanging.batch(['a', 'b'], { signal: controller.signal }))
    controller.abort(new Error('enough'))
    expect(await waiting).toMatchObject({ code: 'aborted' })
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)

    const deaf = new Shouting()
    expect(await failure(() => deaf.batch(['a'], { signal: controller.signal }))).toMatchObject({ code: 'aborted' })
    expect(deaf.asked).toHaveLength(0)
  })

  it('takes no concurrency that makes no sense, and no inputs', async () => {
    const model = new DummyModel()
    expect(await model.batch([])).toEqual([])
    for (const concurrency of [0, -1, 1.5, Number.NaN])
      expect(await failure(() => model.batch(['x'], { concurrency }))).toMatchObject({ code: 'invalid_request' })
  })

  it('gives no warning about listeners at a high concurrency', async () => {
    const warnings: Error[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    await new DummyModel({ delayMs: 1 }).batch(Array.from({ length: 100 }, String), {
      concurrency: 100,
      signal: new AbortController().signal,
    })
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', note)
    expect(warnings).toEqual([])
  })
})

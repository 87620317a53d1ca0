import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DummyModel } from '../src/dummy-model.ts'
import { collect, failure } from './support.ts'

describe('DummyModel', () => {
  it('answers as told: a text, a list in turn, a function, or the prompt', async () => {
    const fixed = new DummyModel({ response: 'test response' })
    expect([await fixed.generate('a'), await fixed.generate('b')]).toEqual(['test response', 'test response'])
    expect(await new DummyModel({ response: '' }).generate('a')).toBe('')
    const list = new DummyModel({ response: ['1', '2'] })
    expect([await list.generate('a'), await list.generate('a'), await list.generate('a')]).toEqual(['1', '2', '1'])
    expect(
      await new DummyModel({ response: async (prompt, messages) => `${prompt} ${messages.length}` }).generate('a'),
    ).toBe('a 1')
    const echo = new DummyModel()
    expect(await echo.generate('hello')).toBe('hello')
    expect(
      await echo.chat([
        { role: 'user', content: 'no' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'see ' },
            { type: 'image', image: 'https://x/' },
          ],
        },
        { role: 'assistant', content: 'no' },
      ]),
    ).toBe('see [image]')
    expect(await echo.chat([{ role: 'system', content: 's' }])).toBe('')
  })

  it('streams to what it generates, in pieces', async () => {
    expect(await collect(new DummyModel({ response: 'one two  three\n' }).stream('x'))).toEqual([
      'one',
      ' two',
      '  three\n',
    ])
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (prompt) => {
        const model = new DummyModel()
        const stream = model.stream(prompt)
        const { response } = stream
        expect((await collect(stream)).join('')).toBe(await model.generate(prompt))
        expect((await response).text).toBe(prompt)
      }),
    )
  })

  it('takes every option and says that it makes no difference', async () => {
    const { ledger, served } = await new DummyModel({ modelName: 'd', seed: 1 }).respond('x', { temperature: 1 })
    expect(ledger).toMatchObject({ seed: { status: 'mapped' }, temperature: { status: 'mapped' } })
    expect(served).toEqual({ model: 'd', engine: 'dummy' })
  })

  it('can be aborted while it waits', async () => {
    const controller = new AbortController()
    const waiting = failure(() => new DummyModel({ delayMs: 10_000 }).generate('x', { signal: controller.signal }))
    controller.abort()
    expect(await waiting).toMatchObject({ code: 'aborted' })
  })

  it.each([[[]], [42], [[1]], [{}]])('refuses %j as response', async (response) => {
    expect(await failure(() => new DummyModel({ response: response as unknown as string }))).toMatchObject({
      code: 'config',
    })
  })
})

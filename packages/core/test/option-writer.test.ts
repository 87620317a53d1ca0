import { describe, expect, it } from 'vitest'
import type { ModelRequest } from '../src/model-driver.ts'
import { OptionWriter } from '../src/option-writer.ts'
import { failure } from './support.ts'

const request = (parts: Partial<ModelRequest>): ModelRequest => ({
  messages: [{ role: 'user', content: 'x' }],
  options: {},
  onUnsupported: 'warn',
  ...parts,
})

describe('OptionWriter', () => {
  it('writes body and ledger in one move, and passes over what was not asked', () => {
    const { body, ledger } = new OptionWriter(
      request({ options: { temperature: 0, maxTokens: 5, seed: 7, stop: ['a'] } }),
      'p',
    )
      .send('temperature', '/temperature')
      .send('topP', '/top_p')
      .map('maxTokens', '/options/num_predict', (count) => count)
      .map('seed', '/seed', () => undefined, 'no seeds here')
      .adjust('stop', '/stop', ['b'], 'only b')
      .refuse('logprobs', 'not asked')
      .finish({ model: 'm' })
    expect(body).toEqual({ model: 'm', temperature: 0, options: { num_predict: 5 }, stop: ['b'] })
    expect(ledger).toEqual({
      temperature: { status: 'sent', wire: '/temperature', value: 0 },
      maxTokens: { status: 'mapped', wire: '/options/num_predict', value: 5 },
      seed: { status: 'refused', reason: 'no seeds here' },
      stop: { status: 'adjusted', wire: '/stop', value: ['b'], reason: 'only b' },
    })
  })

  it('puts providerOptions on top, and says what they replace', async () => {
    const writer = new OptionWriter(
      request({ options: { temperature: 0, seed: 1 }, providerOptions: { temperature: 1, 'a/b~': null } }),
      'p',
    )
    const { body, ledger } = writer.send('temperature', '/temperature').send('seed', '/seed').finish({ model: 'm' })
    expect(body).toEqual({ model: 'm', temperature: 1, seed: 1, 'a/b~': null })
    expect(ledger).toMatchObject({
      temperature: { status: 'adjusted', value: 1 },
      seed: { status: 'sent' },
      'providerOptions.temperature': { status: 'sent', wire: '/temperature', value: 1 },
      'providerOptions.a/b~': { status: 'sent', wire: '/a~1b~0', value: null },
    })
    const replacing = new OptionWriter(request({ providerOptions: { model: 'other' } }), 'p')
    expect(await failure(() => replacing.finish({ model: 'm' }))).toMatchObject({ code: 'invalid_request' })
  })

  it('makes a refusal an error where the caller wants that', async () => {
    const writer = new OptionWriter(request({ options: { seed: 1 }, onUnsupported: 'error' }), 'p')
    expect(await failure(() => writer.refuse('seed', 'no seeds here'))).toMatchObject({
      code: 'unsupported',
      provider: 'p',
    })
    expect(() => writer.refuse('topP', 'not asked')).not.toThrow()
  })
})

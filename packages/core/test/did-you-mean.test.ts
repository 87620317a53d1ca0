import { describe, expect, it } from 'vitest'
import { checkSettings } from '../src/check-settings.ts'
import { didYouMean } from '../src/did-you-mean.ts'
import { readEnvironment, requireApiKey } from '../src/api-key.ts'
import { failure } from './support.ts'

describe('didYouMean', () => {
  it.each([
    ['opnai', 'openai'],
    ['OpenAI', 'openai'],
    ['open_ai', 'openai'],
    ['antropic', 'anthropic'],
    ['gemni', 'gemini'],
    ['zzz', undefined],
    ['x', undefined],
    ['vi', undefined],
    ['', undefined],
  ])('finds for %j %j', (word, near) => {
    expect(didYouMean(word, ['openai', 'anthropic', 'gemini', 'vllm', 'abc', 'ai'])).toBe(near)
  })
})

describe('settings and keys', () => {
  it('refuse a misspelt setting', async () => {
    expect(() => checkSettings('p', { modelName: 'x' }, ['modelName'])).not.toThrow()
    expect((await failure(() => checkSettings('p', { modelname: 'x' }, ['modelName', 'apiKey']))).message).toBe(
      'p has no setting "modelname". Did you mean "modelName"? It takes: modelName, apiKey.',
    )
  })

  it('come from the setting or the first variable that is set', async () => {
    process.env['INSIDELLMS_TEST_B'] = 'from b'
    try {
      expect(requireApiKey('p', 'given', ['INSIDELLMS_TEST_B'])).toBe('given')
      expect(requireApiKey('p', undefined, ['INSIDELLMS_TEST_A', 'INSIDELLMS_TEST_B'])).toBe('from b')
      expect(readEnvironment(['INSIDELLMS_TEST_A'])).toBeUndefined()
      const missing = await failure(() => requireApiKey('p', undefined, ['INSIDELLMS_TEST_A', 'INSIDELLMS_TEST_C']))
      expect(missing).toMatchObject({ code: 'auth', provider: 'p' })
      expect(missing.message).toContain('Set INSIDELLMS_TEST_A or INSIDELLMS_TEST_C, or pass apiKey.')
      for (const wrong of ['', 5])
        expect(await failure(() => requireApiKey('p', wrong, []))).toMatchObject({ code: 'config' })
    } finally {
      delete process.env['INSIDELLMS_TEST_B']
    }
  })
})

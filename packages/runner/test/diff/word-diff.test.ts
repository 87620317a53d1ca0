import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wordDiff } from '../../src/diff/word-diff.ts'

describe('wordDiff', () => {
  it('aligns words', () => {
    expect(wordDiff('The answer is yes.', 'The final answer is no.')).toEqual([
      { kind: 'same', text: 'The ' },
      { kind: 'added', text: 'final ' },
      { kind: 'same', text: 'answer is ' },
      { kind: 'removed', text: 'yes' },
      { kind: 'added', text: 'no' },
      { kind: 'same', text: '.' },
    ])
  })

  it('gives both texts back', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '.', 'é', '😀', '\n', '\ud800'), maxLength: 80 })
    fc.assert(
      fc.property(text, text, (baseline, candidate) => {
        const parts = wordDiff(baseline, candidate)
        const side = (gone: string): string =>
          parts
            .filter(({ kind }) => kind !== gone)
            .map((part) => part.text)
            .join('')
        expect(side('added')).toBe(baseline)
        expect(side('removed')).toBe(candidate)
      }),
    )
  })

  it('marks nothing in equal texts, and everything where nothing is common', () => {
    expect(wordDiff('same', 'same')).toEqual([{ kind: 'same', text: 'same' }])
    expect(wordDiff('', '')).toEqual([])
    expect(wordDiff('one', 'two').map(({ kind }) => kind)).toEqual(['removed', 'added'])
  })

  it('gives up aligning long texts that have little in common, and is still right', () => {
    const words = (prefix: string): string => Array.from({ length: 5_000 }, (_, index) => `${prefix}${index}`).join(' ')
    const parts = wordDiff(words('a'), words('b'))
    expect(
      parts
        .filter(({ kind }) => kind !== 'added')
        .map((part) => part.text)
        .join(''),
    ).toBe(words('a'))
  })
})

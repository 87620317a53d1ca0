import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byCodePoint, ExactNumber, exactText, parseExact, plainValue } from '../../src/read/exact-json.ts'

describe('parseExact', () => {
  it('reads whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space)
        expect(JSON.stringify(plainValue(parseExact(text)))).toBe(
          JSON.stringify(sorted(JSON.parse(text), parseExact(text))),
        )
      }),
    )
  })

  it('refuses what JSON.parse refuses', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[],:"\\u0123 eE+-.tfn\n') }), (text) => {
        let refused = false
        try {
          JSON.parse(text)
        } catch {
          refused = true
        }
        if (refused) expect(() => parseExact(text)).toThrow(SyntaxError)
        else expect(() => parseExact(text)).not.toThrow()
      }),
      { numRuns: 2_000 },
    )
  })

  it.each(['9007199254740993', '1.0', '1', '-0', '-0.0', '1e-07', '1E400', '0.1000000000000000055511151231257827'])(
    'keeps the number %s as it stands',
    (text) => {
      const value = parseExact(text)
      expect(value).toBeInstanceOf(ExactNumber)
      expect(exactText(value)).toBe(text)
    },
  )

  it.each([
    ['NaN', Number.NaN],
    ['Infinity', Infinity],
    ['-Infinity', -Infinity],
  ])('reads %s, which Python writes', (text, expected) => {
    expect((parseExact(text) as ExactNumber).value).toBe(expected)
  })

  it('keeps __proto__, keys like numbers, and the last of two equal keys', () => {
    const value = parseExact('{"b":1,"2":2,"1":3,"__proto__":{"polluted":true},"b":4}')
    expect([...(value as Map<string, unknown>).keys()]).toEqual(['b', '2', '1', '__proto__'])
    expect(exactText(value)).toBe('{"1":3,"2":2,"__proto__":{"polluted":true},"b":4}')
    expect(Object.hasOwn(plainValue(value) as object, '__proto__')).toBe(true)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('keeps lone surrogates, NUL and escapes', () => {
    for (const text of ['"\\ud800"', '"\\udc00x"', '"\\u0000"', '"\\\\\\""', '"\\\\"'])
      expect(parseExact(text)).toBe(JSON.parse(text))
  })

  it('gives one text for one value, however it is written', () => {
    expect(exactText(parseExact('{ "b" : [1, 2] , "a":"\\u00e9" }'))).toBe(exactText(parseExact('{"a":"é","b":[1,2]}')))
  })

  it('refuses nesting that would overflow the stack', () => {
    expect(() => parseExact('['.repeat(100_000))).toThrow('nested deeper')
    expect(() => parseExact(`${'['.repeat(900)}${']'.repeat(900)}`)).not.toThrow()
  })
})

describe('byCodePoint', () => {
  it('puts U+FF5E before an emoji, where UTF-16 order does not', () => {
    expect(['😀', '\uFF5E', 'a', 'ab', ''].sort(byCodePoint)).toEqual(['', 'a', 'ab', '\uFF5E', '😀'])
  })

  it('is the order of the code points', () => {
    const points = (text: string): number[] => [...text].map((character) => character.codePointAt(0)!)
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const left = points(a)
        const right = points(b)
        const at = left.findIndex((point, index) => point !== right[index])
        const expected = at === -1 ? left.length - right.length : at >= right.length ? 1 : left[at]! - right[at]!
        expect(Math.sign(byCodePoint(a, b))).toBe(Math.sign(expected))
      }),
    )
  })
})

/** JSON.parse moves keys like numbers to the front: put them back where the text has them. */
function sorted(value: unknown, exact: unknown): unknown {
  if (Array.isArray(value)) return value.map((inner, index) => sorted(inner, (exact as unknown[])[index]))
  if (typeof value !== 'object' || value === null) return value
  const object = Object.create(null) as Record<string, unknown>
  for (const [key, inner] of exact as Map<string, unknown>)
    object[key] = sorted((value as Record<string, unknown>)[key], inner)
  return object
}

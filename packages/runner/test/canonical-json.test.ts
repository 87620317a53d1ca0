import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../src/canonical-json.ts'

describe('canonicalJson', () => {
  test('writes what the reference implementation of RFC 8785 writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        // The reference refuses lone surrogates; ours has its own rule for them.
        fc.pre(JSON.stringify(value).isWellFormed() && !/\\ud[89a-f]/i.test(JSON.stringify(value)))
        expect(canonicalJson(value)).toBe(canonicalize(value))
      }),
    )
  })

  test('sorts by UTF-16 code units, as RFC 8785 section 3.2.3 shows', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6']
    const object = Object.fromEntries(keys.map((key) => [key, 0]))
    expect(Object.keys(JSON.parse(canonicalJson(object)) as object).length).toBe(7)
    expect(canonicalJson(object)).toBe('{"\\r":0,"1":0,"\u0080":0,"\u00f6":0,"\u20ac":0,"\ud83d\ude00":0,"\ufb33":0}')
  })

  test('keeps a lone surrogate as its escape', () => {
    expect(canonicalJson(['a\ud800b'])).toBe('["a\\ud800b"]')
    expect(JSON.parse(canonicalJson(['a\ud800b']))).toEqual(['a\ud800b'])
  })

  test('leaves out what has no JSON form, as JSON does', () => {
    expect(canonicalJson({ b: undefined, a: [undefined, () => 1] })).toBe('{"a":[null,null]}')
    expect(canonicalJson({ at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}')
    expect(canonicalJson(undefined)).toBe('null')
  })

  test('refuses a number that is not finite', () => {
    expect(() => canonicalJson({ score: Number.NaN })).toThrow('NaN has no JSON form.')
  })
})

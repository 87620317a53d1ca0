import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endOfJson } from '../../src/validate/check-json.ts'
import { inOrder } from '../../src/validate/check-shape.ts'
import { LineTemplate } from '../../src/validate/line-template.ts'
import { recordShape } from '../../src/validate/run-schema.ts'
import { syntheticRecord } from '../support/synthetic-run.ts'

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('endOfJson', () => {
  it('accepts what JSON.parse accepts, and nothing else', () => {
    const alphabet = fc.constantFrom(
      ...'{}[],:"\\/bu0189aF eE+-.\n',
      'true',
      'false',
      'null',
      '{"a":',
      '[1,',
      'é',
      '\u0001',
    )
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 14 }), (text) => {
        fc.pre(text === text.trim())
        const bytes = Buffer.from(text)
        expect(endOfJson(bytes, 0, bytes.length) === bytes.length).toBe(parses(text))
      }),
      { numRuns: 5_000 },
    )
  })

  it('finds the end of any value, whatever follows', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6 }),
        fc.constantFrom('', ',', '}', ' x'),
        fc.constantFrom(undefined, 1),
        (value, rest, space) => {
          const text = JSON.stringify(value, null, space)
          const bytes = Buffer.from(text + rest)
          expect(endOfJson(bytes, 0, bytes.length)).toBe(Buffer.byteLength(text))
        },
      ),
    )
  })

  it('leaves deep nesting to the parser', () => {
    const deep = Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    expect(endOfJson(deep, 0, deep.length)).toBe(-1)
  })
})

describe('LineTemplate', () => {
  const line = (index: number, change: Record<string, unknown> = {}): Buffer =>
    Buffer.from(JSON.stringify({ ...syntheticRecord(index), ...change }))
  const learned = line(0)
  const template = LineTemplate.of(learned, 0, learned.length)!
  const fits = (bytes: Buffer): boolean => template.fits(bytes, 0, bytes.length)

  it.each([
    ['the next record', {}],
    ['another output', { output: { text: 'x', list: [1, null] }, output_text: 'x' }],
    ['an error', { status: 'error', error: 'boom', error_type: 'server', output: null, output_text: null, scores: {} }],
    ['escapes and emoji', { output: '\u0000 "q" \\ 😀 \ud800', output_text: '\u0000 "q" \\ 😀 \ud800' }],
    ['an output whose text is another', { output: 'a', output_text: 'b' }],
  ])('fits %s', (_, change) => expect(fits(line(7, change))).toBe(true))

  it.each([
    ['a status that is none', { status: 'fine' }],
    ['scores that are a list', { scores: [] }],
    ['a number for a text', { output_text: 5 }],
    ['custom null', { custom: null }],
    ['a time without offset', { started_at: '2006-08-30T17:55:34' }],
    ['an end before the start', { completed_at: '2006-08-30T17:55:33+00:00' }],
    ['another run', { run_id: 'x' }],
    ['a field more', { extra: 1 }],
    ['another model', { model: { model_id: 'other', params: {}, provider: null } }],
  ])('does not fit %s', (_, change) => expect(fits(line(7, change))).toBe(false))

  it('never fits a line that is not valid, however it was damaged', () => {
    const damage = fc.record({
      at: fc.nat(learned.length - 1),
      remove: fc.nat(3),
      insert: fc.string({ unit: fc.constantFrom(...'{}[],:"\\0eE.-+ nulltrue'), maxLength: 3 }),
    })
    let fitted = 0
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 2 }), (damages) => {
        let text = learned.toString()
        for (const { at, remove, insert } of damages) text = text.slice(0, at) + insert + text.slice(at + remove)
        const bytes = Buffer.from(text)
        if (!fits(bytes)) return
        fitted += 1
        expect(parses(text)).toBe(true)
        const record = JSON.parse(text) as { started_at: string; completed_at: string; status: string }
        expect(recordShape(record)).toBeUndefined()
        expect(inOrder(record.started_at, record.completed_at)).toBe(true)
        expect(record.status).toBe(template.status)
      }),
      { numRuns: 5_000 },
    )
    expect(fitted).toBeGreaterThan(50)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TextAssembler } from '../src/local/text-assembler.ts'

/** Tokens are bytes, as in a tokenizer that falls back to them. */
const decode = (tokens: number[]): string => new TextDecoder().decode(Uint8Array.from(tokens))
const detokenize = (tokens: number[], before: number[]): string =>
  decode([...before, ...tokens]).slice(decode(before).length)

const assemble = (text: string, stops: string[], cut = false, bytes = [...new TextEncoder().encode(text)]) => {
  const assembler = new TextAssembler(detokenize, [...new TextEncoder().encode('Grüße 🌍')], stops)
  const pieces: string[] = []
  for (const byte of bytes) {
    pieces.push(assembler.push(byte))
    if (assembler.stop !== undefined) break
  }
  pieces.push(assembler.end(cut))
  return { assembler, pieces }
}

describe('TextAssembler', () => {
  it('puts characters of several tokens together, and never shows half of one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const { assembler, pieces } = assemble(text, [])
        expect(assembler.whole).toBe(text)
        expect(pieces.join('')).toBe(text)
      }),
    )
  })

  it('ends before the first stop text, and never shows a piece of it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '🌍') }),
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '🌍'), minLength: 1, maxLength: 3 }), { maxLength: 3 }),
        (text, stops) => {
          const { assembler, pieces } = assemble(text, stops)
          expect(pieces.join('')).toBe(assembler.whole)
          expect(text.startsWith(assembler.whole)).toBe(true)
          expect(stops.some((stop) => assembler.whole.includes(stop))).toBe(false)
          expect(assembler.stop !== undefined).toBe(stops.some((stop) => text.includes(stop)))
        },
      ),
    )
  })

  it('leaves half a character out where the answer was cut, and shows it where the model ended so', () => {
    const half = [97, 0xf0, 0x9f]
    expect(assemble('', [], true, half).assembler.whole).toBe('a')
    expect(assemble('', [], false, half).assembler.whole).toBe('a\ufffd')
  })
})

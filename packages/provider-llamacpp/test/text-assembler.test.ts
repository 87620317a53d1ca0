import fc from 'fast-check'
import type { Token } from 'node-llama-cpp'
import { describe, expect, it } from 'vitest'
import { TextAssembler } from '../src/llamacpp-generation.ts'

/** Tokens that are one byte each, decoded as llama.cpp decodes them. */
function detokenize(tokens: Token[]): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(tokens))
}

function bytesOf(text: string): Token[] {
  return [...Buffer.from(text)] as Token[]
}

function assemble(tokens: Token[], stops: string[] = [], cut = false): { pieces: string[]; assembler: TextAssembler } {
  const assembler = new TextAssembler(detokenize, [], stops)
  const pieces: string[] = []
  for (const token of tokens) {
    pieces.push(assembler.push(token))
    if (assembler.stop !== undefined) break
  }
  pieces.push(assembler.end(cut))
  return { pieces, assembler }
}

describe('TextAssembler', () => {
  it('gives whole characters only, and all of them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { pieces, assembler } = assemble(bytesOf(text))
        expect(pieces.join('')).toBe(text)
        expect(assembler.whole).toBe(text)
        for (const piece of pieces) if (!text.includes('\ufffd')) expect(piece).not.toContain('\ufffd')
      }),
    )
  })

  it('is as the decoder for bytes that are no text', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const tokens = [...bytes] as Token[]
        expect(assemble(tokens).pieces.join('')).toBe(detokenize(tokens))
      }),
    )
  })

  it('leaves out the piece of a character at which the answer was cut', () => {
    const tokens = bytesOf('Ωa😀').slice(0, -1)
    expect(assemble(tokens, [], true).assembler.whole).toBe('Ωa')
    expect(assemble(tokens, [], false).assembler.whole).toBe('Ωa\ufffd')
  })

  it('ends before the first stop text, and shows no piece of it', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 1, maxLength: 4 })
    const long = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 30 })
    fc.assert(
      fc.property(long, fc.array(short, { maxLength: 3 }), (text, stops) => {
        const { pieces, assembler } = assemble(bytesOf(text), stops)
        // Characters come one by one, so the stop text that is complete first counts.
        const ends = stops.filter((stop) => text.includes(stop)).map((stop) => text.indexOf(stop) + stop.length)
        const end = Math.min(...ends)
        const met = stops.filter((stop) => text.slice(0, end).endsWith(stop)).sort((a, b) => b.length - a.length)[0]
        const expected = ends.length === 0 ? text : text.slice(0, end - met!.length)
        expect(assembler.whole).toBe(expected)
        expect(pieces.join('')).toBe(expected)
        expect(assembler.stop).toBe(ends.length === 0 ? undefined : met)
      }),
    )
  })

  it('releases what only looked like a stop text', () => {
    expect(assemble(bytesOf('one two thr'), ['three']).pieces.at(-1)).toBe('thr')
    expect(assemble(bytesOf('aab'), ['ab']).assembler.whole).toBe('a')
  })
})

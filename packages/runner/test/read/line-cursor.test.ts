import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { identicalFiles } from '../../src/read/identical-files.ts'
import { LineCursor } from '../../src/read/line-cursor.ts'

const folder = mkdtempSync(join(tmpdir(), 'insidellms-lines-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface SeenLine {
  text: string
  number: number
  offset: number
}

async function readAll(content: string, chunkBytes: number): Promise<{ lines: SeenLine[]; terminated: boolean }> {
  const path = join(folder, 'file.jsonl')
  writeFileSync(path, content)
  const cursor = await LineCursor.open(path, chunkBytes)
  const lines: SeenLine[] = []
  while (cursor.step() || (await cursor.fill()))
    lines.push({ text: cursor.copy().toString(), number: cursor.line, offset: cursor.offset })
  for (const { text, offset } of lines)
    expect((await cursor.readAgain(offset, Buffer.byteLength(text))).toString()).toBe(text)
  await cursor.close()
  return { lines, terminated: cursor.terminated }
}

describe('LineCursor', () => {
  it('gives the lines of any file, whatever the size of its chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\r', ' ', '\n', '\n'), maxLength: 12 })),
        fc.integer({ min: 1, max: 9 }),
        async (pieces, chunkBytes) => {
          const content = pieces.join('')
          const { lines } = await readAll(content, chunkBytes)
          const expected = content
            .split('\n')
            .map((line, index, all) => ({
              text: index < all.length - 1 ? line.replace(/\r$/, '') : line,
              number: index + 1,
            }))
            .filter(({ text }) => /[^ \r\t]/.test(text))
          expect(lines.map(({ text, number }) => ({ text, number }))).toEqual(expected)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('reads a line that is longer than its buffers', async () => {
    const long = 'x'.repeat(1_500_000)
    const { lines } = await readAll(`short\n${long}\nafter\n`, 4_096)
    expect(lines.map(({ text }) => text.length)).toEqual([5, 1_500_000, 5])
  })

  it('says when the last line has no line feed', async () => {
    expect((await readAll('a\nb', 64)).terminated).toBe(false)
    expect((await readAll('a\nb\n', 64)).terminated).toBe(true)
  })

  it('finds nothing in an empty file', async () => {
    expect((await readAll('', 64)).lines).toEqual([])
    expect((await readAll('\n\r\n \n', 64)).lines).toEqual([])
  })
})

describe('identicalFiles', () => {
  it.each([
    ['the same', '{"a":1}\n\n{"b":2}\r\n\r\n', '{"a":1}\n\n{"b":2}\r\n\r\n', 2],
    ['without a last line feed', '{"a":1}\n{"b":2}', '{"a":1}\n{"b":2}', 2],
    ['with a torn last line', '{"a":1}\n{"b":', '{"a":1}\n{"b":', 1],
    ['of the same length but different', '{"a":1}\n', '{"a":2}\n', undefined],
    ['of another length', '{"a":1}\n', '{"a":1}\n{"a":1}\n', undefined],
    ['empty', '', '', 0],
  ])('counts the records of files that are %s', async (_, a, b, expected) => {
    writeFileSync(join(folder, 'a'), a)
    writeFileSync(join(folder, 'b'), b)
    expect(await identicalFiles(join(folder, 'a'), join(folder, 'b'))).toBe(expected)
  })

  it('follows lines over its chunks', async () => {
    const content = `${'x'.repeat(3_000_000)}\n`.repeat(5)
    writeFileSync(join(folder, 'a'), content)
    writeFileSync(join(folder, 'b'), content)
    expect(await identicalFiles(join(folder, 'a'), join(folder, 'b'))).toBe(5)
  })
})

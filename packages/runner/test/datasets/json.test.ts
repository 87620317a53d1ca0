import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonArraySplitter } from '../../src/datasets/split-json-array.ts'
import { failure, readDataset } from '../support/read-dataset.ts'
import { put, scratch } from '../support/scratch.ts'

async function read(content: string | Buffer) {
  const directory = scratch()
  put(directory, 'd.json', content)
  return readDataset(directory, { path: 'd.json' })
}

describe('JSON', () => {
  test('one array of values, with line and row', async () => {
    expect(await read('\uFEFF[\n  {"a": "x]},\\"["},\n  {"a": [1, {"b": 2}]}, "text", null\n]\n')).toEqual([
      { item: { a: 'x]},"[' }, line: 2, row: 1 },
      { item: { a: [1, { b: 2 }] }, line: 3, row: 2 },
      { item: 'text', line: 3, row: 3 },
      { item: null, line: 3, row: 4 },
    ])
  })

  test('values that are longer than a piece of the file', async () => {
    const text = '😀ä"\\'.repeat(40_000)
    const items = await read(JSON.stringify([{ text }, { text: 'x' }, { text }]))
    expect(items.map(({ item }) => (item as { text: string }).text)).toEqual([text, 'x', text])
  })

  test('however it is cut into pieces, the values are the same', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 9 }), fc.boolean(), (values, size, pretty) => {
        const bytes = Buffer.from(JSON.stringify(values, null, pretty ? 2 : 0))
        const splitter = new JsonArraySplitter('d.json')
        const items: unknown[] = []
        for (let at = 0; at < bytes.length; at += size)
          items.push(...splitter.push(Buffer.from(bytes.subarray(at, at + size))).map(({ item }) => item))
        splitter.end()
        expect(items).toEqual(JSON.parse(bytes.toString()))
      }),
    )
  })

  test.each([
    ['an object', '{"a":1}', 'd.json:1: the file must hold one JSON array. Set format: jsonl where each line'],
    ['nothing', ' \n', 'd.json:2: the file is empty. It must hold one JSON array.'],
    ['no end', '[1,\n2', 'd.json:2: the array is never closed: the file may be cut off.'],
    ['no end of a text', '[1,\n"2]', 'd.json:2: the array is never closed: the file may be cut off.'],
    ['a broken value', '[1,\n{"a":}\n]', /^d\.json:2: row 2 is no JSON \(.*\)\.$/],
    ['two values without a comma', '[{}\n{}]', /^d\.json:1: row 1 is no JSON \(.*\)\.$/],
    ['brackets that do not fit', '[{"a":[1}]]', /^d\.json:1: row 1 is no JSON/],
    ['a last comma', '[1,\n2,\n]', 'd.json:3: a value is missing behind the last comma.'],
    ['a comma too many', '[1,,2]', 'd.json:1: a value is missing before a comma.'],
    ['text behind the end', '[1]\n[2]', 'd.json:2: there is text behind the end of the array.'],
    [
      'no UTF-8',
      Buffer.concat([Buffer.from('[1,"'), Buffer.from([0xff]), Buffer.from('"]')]),
      'd.json:1: row 2 is no UTF-8',
    ],
  ])('%s', async (_name, content, message) => {
    const text = await failure(read(content))
    if (typeof message === 'string') expect(text).toContain(message)
    else expect(text).toMatch(message)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactText } from '../../src/read/exact-json.ts'
import { RecordView } from '../../src/read/record-view.ts'
import { decodeString, ObjectScanner } from '../../src/read/scan-record.ts'
import { syntheticRecord } from '../support/synthetic-run.ts'

function view(record: unknown): RecordView {
  return RecordView.of(Buffer.from(typeof record === 'string' ? record : JSON.stringify(record)), 1)!
}

describe('ObjectScanner', () => {
  const keys = ['a', 'ab', 'custom', '😀', '__proto__'] as const

  it('finds what JSON.parse finds, in any object', () => {
    const scanner = new ObjectScanner(keys)
    const objects = fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), fc.jsonValue())
    fc.assert(
      fc.property(objects, fc.constantFrom(undefined, 1), (object, space) => {
        const bytes = Buffer.from(JSON.stringify(object, null, space))
        expect(scanner.scan(bytes, 0, bytes.length)).toBe(true)
        for (const key of keys) {
          const start = scanner.start(key)
          expect(start !== -1).toBe(Object.hasOwn(object, key))
          if (start !== -1)
            expect(JSON.parse(bytes.toString('utf8', start, scanner.end(key)))).toEqual(
              JSON.parse(JSON.stringify(object[key])),
            )
        }
      }),
    )
  })

  it('is not deceived by keys inside strings', () => {
    const scanner = new ObjectScanner(['scores', 'status'] as const)
    const bytes = Buffer.from(JSON.stringify({ output: '","status":"error","scores":{"a":1}}', status: 'success' }))
    expect(scanner.scan(bytes, 0, bytes.length)).toBe(true)
    expect(scanner.start('scores')).toBe(-1)
    expect(decodeString(bytes, scanner.start('status'), scanner.end('status'))).toBe('success')
  })

  it('reads a key that is written with escapes', () => {
    const bytes = Buffer.from('{"st\\u0061tus":"error"}')
    const scanner = new ObjectScanner(['status'] as const)
    expect(scanner.scan(bytes, 0, bytes.length)).toBe(true)
    expect(scanner.start('status')).toBe(15)
  })

  it.each([
    '',
    '[]',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1}}',
    '{"a":1} x',
    '{"a" 1}',
    '{a:1}',
    '{"a":}',
    '{"a":"x}',
    '"x"',
  ])('refuses %j', (text) => {
    const bytes = Buffer.from(text)
    expect(new ObjectScanner(['a'] as const).scan(bytes, 0, bytes.length)).toBe(false)
  })
})

describe('RecordView', () => {
  it('reads the parts of a record of ours', () => {
    const record = view(syntheticRecord(5, { repeats: 3, probes: ['logic'], models: ['gpt'] }))
    expect(record.key).toEqual({ model: 'gpt', probe: 'logic', example: 'q-1', repeat: 2 })
    expect(record.status).toBe('success')
    expect(record.score).toBe(1)
    expect(record.callBytes?.toString()).toContain('fp_1')
  })

  it.each([
    [
      "a run of the original's",
      { model: { model_id: 'm' }, probe: { probe_id: 'LogicProbe' }, example_id: 'x' },
      'm',
      'LogicProbe',
    ],
    [
      "a harness of the original's",
      {
        custom: { harness: { model_id: 'hm', probe_type: 'logic' } },
        model: { model_id: 'm' },
        probe: { probe_id: 'LogicProbe' },
        example_id: 'x',
      },
      'hm',
      'logic',
    ],
    ['a harness without ids', { custom: { harness: { model_name: 'n', probe_name: 'p' } }, example_id: 'x' }, 'n', 'p'],
    ['nothing', { example_id: 'x' }, 'model', 'probe'],
  ])('names model and probe of %s', (_, record, model, probe) => {
    expect(view(record).key).toEqual({ model, probe, example: 'x', repeat: 0 })
  })

  it.each([
    [{ scores: { acc: 0.5 }, primary_metric: 'acc' }, 0.5],
    [{ scores: { score: 2 }, primary_metric: null }, 2],
    [{ scores: { acc: 0.5 } }, undefined],
    [{ scores: { acc: true }, primary_metric: 'acc' }, undefined],
    [{ scores: { acc: '0.5' }, primary_metric: 'acc' }, undefined],
    [{ scores: null, primary_metric: 'acc' }, undefined],
    [{}, undefined],
  ])('takes the primary score of %j', (record, expected) => expect(view(record).score).toBe(expected))

  it('keeps numbers as they stand', () => {
    expect(exactText(view('{"output":{"n":9007199254740993,"f":1.0}}').value('output'))).toBe(
      '{"f":1.0,"n":9007199254740993}',
    )
  })

  it('can be pointed at one line after another', () => {
    const record = new RecordView()
    const lines = ['{"custom":{"harness":{"model_id":"a"},"repeat":4}}', '{"model":{"model_id":"b"}}'].map((line) =>
      Buffer.from(line),
    )
    expect(record.point(lines[0]!, 0, lines[0]!.length, 1)).toBe(true)
    expect([record.model, record.repeat]).toEqual(['a', 4])
    expect(record.point(lines[1]!, 0, lines[1]!.length, 2)).toBe(true)
    expect([record.model, record.repeat, record.seed, record.callBytes]).toEqual(['b', 0, undefined, undefined])
  })
})

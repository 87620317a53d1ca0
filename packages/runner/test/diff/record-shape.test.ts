import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PairStatistics } from '../../src/diff/compare-statistics.ts'
import { RecordView } from '../../src/read/record-view.ts'
import { type SyntheticRecord, syntheticRecord } from '../support/synthetic-run.ts'

const options = { alpha: 0.05, confidence: 0.95, seed: 1 }

/** Statistics of equal pairs, with and without the short way. */
function inHarness(record: SyntheticRecord): SyntheticRecord {
  return { ...record, custom: { harness: record.custom['harness'], record_index: 1 } }
}

function withoutHarness(record: SyntheticRecord): SyntheticRecord {
  return { ...record, custom: { output_fingerprint: null, record_index: 1 } }
}

function both(records: readonly SyntheticRecord[]): { short: unknown; long: unknown; recognised: number } {
  const short = new PairStatistics()
  const long = new PairStatistics()
  let recognised = 0
  for (const record of records) {
    const line = Buffer.from(JSON.stringify(record))
    const view = RecordView.of(line, 1)!
    if (short.recognise(line, 0, line.length)) recognised += 1
    else short.addSame(view)
    long.addSame(view)
  }
  return { short: short.report(options), long: long.report(options), recognised }
}

describe('records that are recognised by their layout', () => {
  it.each([
    ['of ours', (record: SyntheticRecord) => record],
    ["of the original's harness", inHarness],
    ["of the original's run", withoutHarness],
  ])('are nearly all of a run %s, and give the same statistics', (_, shape) => {
    const records = Array.from({ length: 400 }, (_, index) => shape(syntheticRecord(index, { probes: ['logic'] })))
    const { short, long, recognised } = both(records)
    expect(short).toEqual(long)
    expect(recognised).toBeGreaterThan(390)
  })

  it('keep repeats, probes, models, statuses and scores apart', () => {
    const records = Array.from({ length: 600 }, (_, index) => {
      const record = syntheticRecord(index % 200, { repeats: 4, probes: [index < 300 ? 'logic' : 'bias'] })
      record.status = (['success', 'skipped', 'timeout', 'error', 'success'] as const)[index % 5]!
      record.scores = ([{ accuracy: 0.25 }, { accuracy: 1 }, {}, { accuracy: null }, { other: 1 }] as const)[index % 5]!
      if (index % 7 === 0) record['primary_metric'] = 'other'
      return record
    })
    const { short, long } = both(records)
    expect(short).toEqual(long)
  })

  it('cannot be faked by what a model, a dataset or a probe says', () => {
    const deceit = fc.constantFrom(
      ',"primary_metric":"accuracy","probe":{"params":{},"probe_id":"logic","probe_version":"1"}',
      '"harness":{"model_id":"model-1"',
      '"scores":{"accuracy":1},"started_at":"x","status":"success","usage":{}}',
      '","status":"error',
      '}}}',
      '\\"',
      '{"a":',
      'plain',
    )
    const texts = fc.array(deceit, { maxLength: 4 }).map((parts) => parts.join(''))
    const nested = fc.constantFrom<unknown>(
      { harness: { model_id: 'model-1' }, primary_metric: 'accuracy', scores: { accuracy: 1 }, status: 'success' },
      { model: { model_id: 'model-1', params: { max_tokens: 8192 }, provider: 'fake' }, output: 1 },
      {
        primary_metric: 'accuracy',
        probe: { params: {}, probe_id: 'logic', probe_version: '1' },
        scores: { accuracy: 0 },
      },
      [],
      1,
    )
    const records = fc.array(
      fc.record({ text: texts, explanation: texts, input: nested, usage: nested, score: fc.constantFrom(0, 1, 0.5) }),
      { minLength: 4, maxLength: 30 },
    )
    fc.assert(
      fc.property(
        records,
        fc.constantFrom((record: SyntheticRecord) => record, withoutHarness),
        (given, shape) => {
          const { short, long } = both(
            given.map(({ text, explanation, input, usage, score }, index) => {
              const record = syntheticRecord(index)
              const custom = { ...record.custom, explanation }
              return shape({
                ...record,
                custom,
                input,
                output: { text, nested: input },
                output_text: text,
                scores: { accuracy: score },
                usage,
              })
            }),
          )
          expect(short).toEqual(long)
        },
      ),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { finishOf } from '../src/finish-of.ts'

describe('finishOf', () => {
  it.for([
    ['end_turn', { kind: 'stop', raw: 'end_turn' }],
    ['reason_of_tomorrow', { kind: 'other', raw: 'reason_of_tomorrow' }],
    ['constructor', { kind: 'other', raw: 'constructor' }],
    ['', { kind: 'other', raw: null }],
    [null, { kind: 'other', raw: null }],
    [undefined, { kind: 'other', raw: null }],
  ] as const)('%s', ([raw, finish]) => {
    expect(finishOf(raw, { end_turn: 'stop', max_tokens: 'length' })).toEqual(finish)
  })
})

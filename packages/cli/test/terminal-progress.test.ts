import { describe, expect, it } from 'vitest'
import { duration, progressLine } from '../src/terminal-progress.ts'

const progress = {
  done: 50,
  total: 200,
  errors: 1,
  inputTokens: 900,
  outputTokens: 20_000,
  elapsedMs: 5000,
  rate: 10,
  etaMs: 15_000,
}

describe('progressLine', () => {
  it('says rate, time left, errors and tokens', () => {
    expect(progressLine(progress)).toBe('50/200 · 10/s · 15s left · 1 error · 21k tokens')
  })

  it('draws a bar that fits the terminal', () => {
    const line = progressLine(progress, 80)
    expect(line).toMatch(/^\[█+░+\] 50\/200/)
    expect(line.length).toBeLessThan(80)
    expect(progressLine(progress, 40)).not.toContain('█')
  })

  it('leaves out what is not known yet', () => {
    expect(progressLine({ done: 0, total: 5, errors: 0, inputTokens: 0, outputTokens: 0, elapsedMs: 0, rate: 0 })).toBe(
      '0/5',
    )
  })
})

describe('duration', () => {
  it.for([
    [900, '1s'],
    [59_000, '59s'],
    [185_000, '3m 05s'],
    [7_800_000, '2h 10m'],
  ] as const)('%d ms is %s', ([milliseconds, text]) => {
    expect(duration(milliseconds)).toBe(text)
  })
})

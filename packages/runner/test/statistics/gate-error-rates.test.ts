import { describe, expect, it } from 'vitest'
import { PairStatistics } from '../../src/diff/compare-statistics.ts'
import type { DiffCounts } from '../../src/diff/diff-report.ts'
import { decideGate } from '../../src/diff/gates.ts'
import { RecordView } from '../../src/read/record-view.ts'
import { minimumDetectableEffect } from '../../src/statistics/minimum-detectable-effect.ts'
import { RandomSource } from '../../src/statistics/random-source.ts'

const options = { alpha: 0.05, confidence: 0.95, seed: 1 }

function record(probe: string, item: number, score: number): RecordView {
  const line = JSON.stringify({
    example_id: `q-${item}`,
    model: { model_id: 'm' },
    primary_metric: 'accuracy',
    probe: { probe_id: probe },
    scores: { accuracy: score },
    status: 'success',
  })
  return RecordView.of(Buffer.from(line), 1)!
}

/** Records made once: simulating costs only the tallies. */
const passAndFail = ['a', 'b', 'c'].map((probe) =>
  Array.from({ length: 200 }, (_, item) => [record(probe, item, 0), record(probe, item, 1)] as const),
)

type Outcome = (random: RandomSource, item: number) => [baseline: number, candidate: number]

function gateHits(rounds: number, probes: number, items: number, outcome: Outcome): number {
  const random = new RandomSource(20_260_101)
  let hits = 0
  for (let round = 0; round < rounds; round++) {
    const statistics = new PairStatistics()
    for (let probe = 0; probe < probes; probe++)
      for (let item = 0; item < items; item++) {
        const [before, after] = outcome(random, item)
        const sides = passAndFail[probe]![item]!
        statistics.addPair(sides[before]!, sides[after]!)
      }
    if (decideGate('significant', {} as DiffCounts, statistics.report(options)).hit) hits += 1
  }
  return hits
}

/** Four binomial deviations above a rate: one honest run in 30,000 would fail. */
function most(rate: number, rounds: number): number {
  return rate * rounds + 4 * Math.sqrt(rounds * rate * (1 - rate))
}

describe('the significant gate', () => {
  it('fires on 2,000 pairs of runs of one unchanged model at most at its rate', { timeout: 120_000 }, () => {
    // An item's chance to pass runs from 5 % to 95 %; both runs draw from the same.
    const hits = gateHits(2_000, 1, 60, (random, item) => {
      const chance = 0.05 + (0.9 * (item % 10)) / 9
      return [random.uniform() < chance ? 1 : 0, random.uniform() < chance ? 1 : 0]
    })
    expect(hits).toBeLessThanOrEqual(most(0.05, 2_000))
    expect(hits).toBeGreaterThan(5)
  })

  it('keeps its rate over three probes together', { timeout: 120_000 }, () => {
    const hits = gateHits(300, 3, 40, (random) => [random.uniform() < 0.6 ? 1 : 0, random.uniform() < 0.6 ? 1 : 0])
    expect(hits).toBeLessThanOrEqual(most(0.05, 300))
  })

  it('finds an effect of the stated size with the stated power', { timeout: 120_000 }, () => {
    const items = 200
    const discordant = 0.25
    const effect = minimumDetectableEffect(items, discordant, { step: 1 })!
    const rounds = 600
    const hits = gateHits(rounds, 1, items, (random) => {
      const u = random.uniform()
      if (u < (discordant - effect) / 2) return [0, 1]
      return u < discordant ? [1, 0] : [1, 1]
    })
    expect(hits / rounds).toBeGreaterThan(0.8 - 4 * Math.sqrt((0.8 * 0.2) / rounds))
    expect(hits / rounds).toBeLessThan(0.9)
  })

  it('keeps its rate on scores that are no pass or fail', { timeout: 120_000 }, () => {
    const random = new RandomSource(3)
    const rounds = 200
    let hits = 0
    for (let round = 0; round < rounds; round++) {
      const statistics = new PairStatistics()
      for (let item = 0; item < 40; item++) {
        const level = random.uniform()
        const noisy = (): number => Math.round((level + 0.2 * random.normal()) * 1000) / 1000
        statistics.addPair(record('a', item, noisy()), record('a', item, noisy()))
      }
      if (decideGate('significant', {} as DiffCounts, statistics.report(options)).hit) hits += 1
    }
    expect(hits).toBeLessThanOrEqual(most(0.05, rounds))
  })
})

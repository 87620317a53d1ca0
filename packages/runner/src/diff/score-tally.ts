import { bootstrapInterval } from '../statistics/bootstrap-interval.ts'
import { mcnemarTest } from '../statistics/mcnemar-test.ts'
import { minimumDetectableEffect } from '../statistics/minimum-detectable-effect.ts'
import type { PairedDifferences } from '../statistics/paired-differences.ts'
import { pairedProportionsInterval, type PassTable } from '../statistics/paired-proportions-interval.ts'
import { permutationTest } from '../statistics/permutation-test.ts'
import { wilsonInterval } from '../statistics/wilson-interval.ts'
import type { Comparison } from './diff-report.ts'

/** Scores of pairs, summed up as they come; only items that differ are held. */
export class ScoreTally {
  pairs = 0
  unscored = 0
  repeats = 1
  #baselineSum = 0
  #candidateSum = 0
  #passOrFail = true
  readonly #table: PassTable = { bothPassed: 0, onlyBaselinePassed: 0, onlyCandidatePassed: 0, bothFailed: 0 }
  /** Summed difference by item, over its repeats. */
  readonly #changed = new Map<string, number>()

  /** Two equal scores, the cheap case. */
  addSame(score: number, repeat: number): void {
    this.#count(score, score, repeat)
  }

  add(item: string, baseline: number, candidate: number, repeat: number): void {
    this.#count(baseline, candidate, repeat)
    if (baseline !== candidate) this.#changed.set(item, (this.#changed.get(item) ?? 0) + candidate - baseline)
  }

  /** Takes over what another tally counted; its items are told apart by a prefix. */
  merge(other: ScoreTally, prefix: string): void {
    this.pairs += other.pairs
    this.unscored += other.unscored
    this.repeats = Math.max(this.repeats, other.repeats)
    this.#baselineSum += other.#baselineSum
    this.#candidateSum += other.#candidateSum
    this.#passOrFail &&= other.#passOrFail
    for (const name of ['bothPassed', 'onlyBaselinePassed', 'onlyCandidatePassed', 'bothFailed'] as const)
      this.#table[name] += other.#table[name]
    for (const [item, difference] of other.#changed) this.#changed.set(`${prefix}\u0000${item}`, difference)
  }

  get passOrFail(): boolean {
    return this.#passOrFail
  }

  get changed(): boolean {
    return this.#changed.size > 0
  }

  /** The comparison, before the correction for several tests. Undefined where no pair had two scores. */
  compare(
    name: Pick<Comparison, 'model' | 'probe' | 'metric'>,
    options: { alpha: number; confidence: number; seed: number },
  ): Comparison | undefined {
    if (this.pairs === 0) return undefined
    const { alpha, confidence, seed } = options
    const items = Math.ceil(this.pairs / this.repeats)
    const differences: PairedDifferences = {
      items,
      changed: [...this.#changed.values()].filter((sum) => sum !== 0).map((sum) => sum / this.repeats),
    }
    // With repeats an item can half pass, and McNemar's table would count its repeats as items of their own.
    const mcnemar = this.#passOrFail && this.repeats === 1
    const { onlyBaselinePassed, onlyCandidatePassed } = this.#table
    const p = mcnemar ? mcnemarTest(onlyBaselinePassed, onlyCandidatePassed) : permutationTest(differences, seed)
    const spread = differences.changed.reduce((sum, value) => sum + value * value, 0) / items
    const detectable = minimumDetectableEffect(items, spread, { alpha, step: mcnemar ? 1 : 0 })
    return {
      ...name,
      items,
      unscored: this.unscored,
      baseline: this.#baselineSum / this.pairs,
      candidate: this.#candidateSum / this.pairs,
      difference: [...this.#changed.values()].reduce((sum, value) => sum + value, 0) / this.pairs,
      ...this.#interval(differences, confidence, seed),
      ...(this.#passOrFail ? this.#sideIntervals(items, confidence) : {}),
      test: mcnemar ? 'mcnemar' : 'permutation',
      p,
      pAdjusted: p,
      significant: false,
      ...(detectable === undefined ? {} : { detectable }),
    }
  }

  #interval(differences: PairedDifferences, confidence: number, seed: number): Partial<Comparison> {
    // Where a few items differ, all in one direction, resampling leaves 0 out however little they prove.
    if (this.#passOrFail && this.repeats === 1)
      return { interval: pairedProportionsInterval(this.#table, confidence), intervalMethod: 'newcombe' }
    const interval = bootstrapInterval(differences, { confidence, seed })
    return interval === undefined ? {} : { interval, intervalMethod: 'bootstrap' }
  }

  /** Repeats of an item tell less than other items would: an item counts once, by its share. */
  #sideIntervals(items: number, confidence: number): Partial<Comparison> {
    return {
      baselineInterval: wilsonInterval((this.#baselineSum / this.pairs) * items, items, confidence),
      candidateInterval: wilsonInterval((this.#candidateSum / this.pairs) * items, items, confidence),
    }
  }

  #count(baseline: number, candidate: number, repeat: number): void {
    this.pairs += 1
    if (repeat >= this.repeats) this.repeats = repeat + 1
    this.#baselineSum += baseline
    this.#candidateSum += candidate
    if (baseline === 1) this.#table[candidate === 1 ? 'bothPassed' : 'onlyBaselinePassed'] += 1
    else this.#table[candidate === 1 ? 'onlyCandidatePassed' : 'bothFailed'] += 1
    if ((baseline !== 0 && baseline !== 1) || (candidate !== 0 && candidate !== 1)) this.#passOrFail = false
  }
}

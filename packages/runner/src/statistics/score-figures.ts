import type { JsonObject } from '@insidellms/core'
import { studentQuantile } from './student-quantile.ts'
import { wilsonInterval } from './wilson-interval.ts'

/** Figures of the scores of one name. With repeats an item counts once, by the mean of its repeats. */
export class ScoreFigures {
  n = 0
  mean = 0
  min = Number.POSITIVE_INFINITY
  max = Number.NEGATIVE_INFINITY
  /** Whether every score was 0 or 1: then it is a share. */
  binary = true
  #squares = 0
  #item = -1
  #sum = 0
  #repeats = 0

  add(item: number, score: number): void {
    if (item !== this.#item) this.#close()
    this.#item = item
    this.#sum += score
    this.#repeats++
  }

  toJSON(confidence: number): JsonObject {
    this.#close()
    const deviation = this.n > 1 ? Math.sqrt(this.#squares / (this.n - 1)) : 0
    const interval = this.#interval(deviation, confidence)
    return {
      ci: { confidence_level: confidence, point_estimate: this.mean, ...interval },
      max: this.max,
      mean: this.mean,
      min: this.min,
      n: this.n,
      std: deviation,
    }
  }

  #interval(deviation: number, confidence: number): JsonObject {
    if (this.binary) {
      const { low, high } = wilsonInterval(Math.round(this.mean * this.n), this.n, confidence)
      return { lower: low, method: 'wilson', upper: high }
    }
    if (this.n < 2) return { lower: null, method: 't', upper: null }
    const half = (studentQuantile(1 - (1 - confidence) / 2, this.n - 1) * deviation) / Math.sqrt(this.n)
    return { lower: this.mean - half, method: 't', upper: this.mean + half }
  }

  /** Welford's update, Technometrics 4 (1962). */
  #close(): void {
    if (this.#repeats === 0) return
    const score = this.#sum / this.#repeats
    this.#sum = 0
    this.#repeats = 0
    this.n++
    const change = score - this.mean
    this.mean += change / this.n
    this.#squares += change * (score - this.mean)
    if (score < this.min) this.min = score
    if (score > this.max) this.max = score
    if (score !== 0 && score !== 1) this.binary = false
  }
}

/**
 * Chooses rows at random without knowing how many will come: every row has a key that follows from the seed and its place,
 * and the rows with the smallest keys are the sample. So it is the same on every machine, a larger sample of the same
 * seed holds the smaller one, and what is to be remembered for the next reading is one number.
 */
export class SampleChoice {
  readonly #size: number
  readonly #seed: number
  /** The smallest keys so far, as a heap with the largest of them on top. */
  readonly #keys: number[] = []

  constructor(size: number, seed: number) {
    this.#size = size
    this.#seed = seed
  }

  offer(position: number): void {
    const key = sampleKey(this.#seed, position)
    if (this.#keys.length < this.#size) this.#rise(this.#keys.push(key) - 1)
    else if (key < this.#keys[0]!) {
      this.#keys[0] = key
      this.#sink()
    }
  }

  /** Rows that are chosen: `size`, or fewer when fewer were offered. */
  get count(): number {
    return this.#keys.length
  }

  /** A row is in the sample when its key is no larger. */
  get largestKey(): number {
    return this.#keys[0] ?? -1
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1
      if (this.#keys[parent]! >= this.#keys[at]!) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(): void {
    for (let at = 0; ;) {
      let largest = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < this.#keys.length && this.#keys[child]! > this.#keys[largest]!) largest = child
      if (largest === at) return
      this.#swap(at, largest)
      at = largest
    }
  }

  #swap(one: number, other: number): void {
    const key = this.#keys[one]!
    this.#keys[one] = this.#keys[other]!
    this.#keys[other] = key
  }
}

/** A whole number below 2^53. No two of the first 2^32 positions have the same under one seed. */
export function sampleKey(seed: number, position: number): number {
  const low = mix(seed >>> 0)
  const high = mix(Math.floor(seed / 2 ** 32) ^ low ^ 0x9e3779b9)
  const page = Math.floor(position / 2 ** 32)
  const first = mix(mix((position ^ low) + high) ^ mix(page + low))
  return first * 2 ** 21 + (mix((first ^ high) + position) >>> 11)
}

/** MurmurHash3's finaliser (Appleby 2011): every bit of the input moves every bit of the result. */
function mix(value: number): number {
  let mixed = value ^ (value >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

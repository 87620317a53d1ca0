const empty = 0

/**
 * Finds numbers by a 64-bit hash, in 12 bytes an entry: a run of a million calls must be replayed in little memory. The
 * hash is not proof: who looks something up compares the thing itself.
 */
export class OffsetTable {
  #high = new Uint32Array(1024)
  #low = new Uint32Array(1024)
  /** The value + 1, so that 0 is an empty place. */
  #values = new Uint32Array(1024)
  #size = 0

  /** @param hash At least 16 hex digits. */
  get(hash: string): number | undefined {
    const at = this.#find(...halves(hash))
    return this.#values[at] === empty ? undefined : this.#values[at]! - 1
  }

  /** Sets, or replaces. */
  set(hash: string, value: number): void {
    if (this.#size * 2 >= this.#values.length) this.#grow()
    this.#put(...halves(hash), value + 1)
  }

  #put(high: number, low: number, stored: number): void {
    const at = this.#find(high, low)
    if (this.#values[at] === empty) this.#size++
    this.#high[at] = high
    this.#low[at] = low
    this.#values[at] = stored
  }

  #find(high: number, low: number): number {
    const mask = this.#values.length - 1
    let at = low & mask
    while (this.#values[at] !== empty && (this.#low[at] !== low || this.#high[at] !== high)) at = (at + 1) & mask
    return at
  }

  #grow(): void {
    const [high, low, values] = [this.#high, this.#low, this.#values]
    this.#high = new Uint32Array(values.length * 2)
    this.#low = new Uint32Array(values.length * 2)
    this.#values = new Uint32Array(values.length * 2)
    this.#size = 0
    for (let at = 0; at < values.length; at++) if (values[at] !== empty) this.#put(high[at]!, low[at]!, values[at]!)
  }
}

function halves(hash: string): [high: number, low: number] {
  return [Number.parseInt(hash.slice(0, 8), 16), Number.parseInt(hash.slice(8, 16), 16)]
}

import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

const limitBytes = 8 << 20
/** A look at the heap costs about 10 µs. */
const recordsPerLook = 50

/** Runs of this process that hold the limit; the last one to end lifts it. */
let holders = 0
let held = false

/**
 * Keeps a run small: what a call leaves behind is dead within milliseconds, and V8 should neither let it pile up nor take
 * it for long-lived. Costs no time.
 *
 * - The young generation stays at 8 to 16 MB; Node 24 lets it grow to 128 MB on a machine with memory to spare.
 * - The old generation is collected when it is a fifth larger than what lived after the last time. V8 would wait until it
 *   has doubled or more, and first of all for longer.
 * - Nothing is allocated as old from the start. V8 would decide so in the first moments, while the young generation is
 *   still smaller than the calls that are under way, and then fill the old one with garbage.
 */
export class HeapLimit {
  #records = 0

  constructor() {
    if (holders++ > 0) return
    setFlagsFromString('--no-allocation-site-pretenuring')
    setFlagsFromString('--heap-growing-percent=20')
  }

  /** To be told of every record. A timer would come too late, because a run keeps the event loop busy. */
  tick(): void {
    if (held || ++this.#records % recordsPerLook !== 0) return
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
    if (space === undefined || space.space_size < limitBytes) return
    held = true
    // V8 reads this flag whenever it is about to grow the space; the one for its largest size is read at start only.
    setFlagsFromString('--semi-space-growth-factor=1')
  }

  /** Back to V8's own defaults, once no run holds the limit. */
  lift(): void {
    if (--holders > 0) return
    setFlagsFromString('--allocation-site-pretenuring')
    // 0 is none: V8 decides.
    setFlagsFromString('--heap-growing-percent=0')
    if (held) setFlagsFromString('--semi-space-growth-factor=2')
    held = false
  }
}

import { LineCursor } from '../read/line-cursor.ts'
import { RecordView } from '../read/record-view.ts'
import { unreadableLine } from '../read/unreadable-line.ts'

export interface PairHandler {
  /** Both lines are these bytes. False: they have to be read, and `same` wants the record. */
  recognise(buffer: Buffer, start: number, end: number): boolean
  /** Both lines are the same bytes. The view is reused: take from it what is needed. */
  same(record: RecordView): void
  /** The same item with different bytes. The views are reused. */
  pair(baseline: RecordView, candidate: RecordView): void
  only(side: Side, record: RecordView): void
  duplicate(side: Side): void
  warn(message: string): void
}

export type Side = 'baseline' | 'candidate'

/** Lines that wait for their partner are kept up to this many bytes; beyond, they are read from the file again. */
const keptBytes = 64 << 20

interface Parked {
  offset: number
  length: number
  line: number
  bytes: Buffer | undefined
}

/** One run's side of the walk. */
class Track {
  readonly side: Side
  readonly cursor: LineCursor
  readonly view = new RecordView()
  readonly keyOf: (record: RecordView) => string
  readonly #warn: (message: string) => void
  /** Records that wait for a partner, by key. A key that occurs again waits behind its first. */
  readonly parked = new Map<string, Parked[]>()
  #keptBytes = 0

  constructor(side: Side, cursor: LineCursor, keyOf: (record: RecordView) => string, warn: (message: string) => void) {
    this.side = side
    this.cursor = cursor
    this.keyOf = keyOf
    this.#warn = warn
  }

  /** Points the view at the cursor's line. False for a torn last line, which is dropped. */
  read(): boolean {
    const { cursor, view } = this
    view.path = cursor.path
    if (view.point(cursor.buffer, cursor.start, cursor.end, cursor.line)) return true
    if (!cursor.terminated) {
      this.#warn(`${cursor.path}: the last line (${cursor.line}) is torn, as after a stopped run; it was left out.`)
      return false
    }
    throw unreadableLine(cursor.path, cursor.line)
  }

  park(key: string): boolean {
    const { cursor } = this
    const length = cursor.end - cursor.start
    const keep = this.#keptBytes + length <= keptBytes
    if (keep) this.#keptBytes += length
    const entry = { offset: cursor.offset, length, line: cursor.line, bytes: keep ? cursor.copy() : undefined }
    const waiting = this.parked.get(key)
    if (waiting === undefined) this.parked.set(key, [entry])
    else waiting.push(entry)
    return waiting !== undefined
  }

  /** Takes the first record that waits under a key, and points the view at it. */
  async take(key: string, view: RecordView): Promise<boolean> {
    const waiting = this.parked.get(key)
    const entry = waiting?.shift()
    if (waiting === undefined || entry === undefined) return false
    if (waiting.length === 0) this.parked.delete(key)
    await this.load(entry, view)
    return true
  }

  async load(entry: Parked, view: RecordView): Promise<void> {
    if (entry.bytes !== undefined) this.#keptBytes -= entry.length
    const bytes = entry.bytes ?? (await this.cursor.readAgain(entry.offset, entry.length))
    view.path = this.cursor.path
    view.point(bytes, 0, bytes.length, entry.line)
  }
}

/**
 * Pairs the records of two files. While both keep the same order it walks them in step and compares raw bytes; where
 * they part, records wait by key until their partner comes, and the walk falls into step again when none is missing.
 * Records that share a key pair in the order in which they come.
 */
export async function walkPairs(
  baselinePath: string,
  candidatePath: string,
  keyOf: (record: RecordView) => string,
  handler: PairHandler,
): Promise<void> {
  const cursor = await LineCursor.open(baselinePath)
  try {
    const other = await LineCursor.open(candidatePath)
    try {
      const warn = (message: string): void => handler.warn(message)
      await walk(new Track('baseline', cursor, keyOf, warn), new Track('candidate', other, keyOf, warn), handler)
    } finally {
      await other.close()
    }
  } finally {
    await cursor.close()
  }
}

async function walk(baseline: Track, candidate: Track, handler: PairHandler): Promise<void> {
  const { cursor, keyOf } = baseline
  const { cursor: other } = candidate
  for (;;) {
    // No await for a line that is in memory: it would cost more than comparing it.
    const hasBaseline = cursor.step() || (await cursor.fill())
    const hasCandidate = other.step() || (await other.fill())
    if (hasBaseline && hasCandidate && sameLine(cursor, other)) {
      if (!handler.recognise(cursor.buffer, cursor.start, cursor.end) && baseline.read()) handler.same(baseline.view)
      continue
    }
    const readBaseline = hasBaseline && baseline.read()
    const readCandidate = hasCandidate && candidate.read()
    if (!readBaseline || !readCandidate) {
      if (readBaseline) await joinRest(baseline, candidate, handler)
      if (readCandidate) await joinRest(candidate, baseline, handler)
      break
    }
    if (keyOf(baseline.view) === keyOf(candidate.view)) handler.pair(baseline.view, candidate.view)
    else await fallIntoStep(baseline, candidate, handler)
  }
  await reportLone(baseline, handler)
  await reportLone(candidate, handler)
}

function sameLine(a: LineCursor, b: LineCursor): boolean {
  return a.end - a.start === b.end - b.start && a.buffer.compare(b.buffer, b.start, b.end, a.start, a.end) === 0
}

/** Both current lines are different items. Reads on, on the side that is behind, until nobody waits for it. */
async function fallIntoStep(baseline: Track, candidate: Track, handler: PairHandler): Promise<void> {
  await meet(baseline, candidate, handler)
  let behind = candidate
  for (;;) {
    const ahead = behind === candidate ? baseline : candidate
    const met = await meet(behind, ahead, handler)
    if (met && ahead.parked.size === 0) return
    if (!met) behind = ahead
    if (!behind.cursor.step() && !(await behind.cursor.fill())) return
    if (!behind.read()) return
  }
}

/** The current line of one side against what waits on the other. False when it has to wait itself. */
async function meet(track: Track, other: Track, handler: PairHandler): Promise<boolean> {
  const key = track.keyOf(track.view)
  const partner = new RecordView()
  if (await other.take(key, partner)) {
    if (track.side === 'baseline') handler.pair(track.view, partner)
    else handler.pair(partner, track.view)
    return true
  }
  if (track.park(key)) handler.duplicate(track.side)
  return false
}

/** The other file has ended: what is left here pairs with what waits there. */
async function joinRest(track: Track, other: Track, handler: PairHandler): Promise<void> {
  do {
    if (!track.read()) return
    await meet(track, other, handler)
  } while (track.cursor.step() || (await track.cursor.fill()))
}

async function reportLone(track: Track, handler: PairHandler): Promise<void> {
  const view = new RecordView()
  for (const waiting of track.parked.values())
    for (const entry of waiting) {
      await track.load(entry, view)
      handler.only(track.side, view)
    }
}

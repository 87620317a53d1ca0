import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type OrderedWork, type OrderLimits, runInOrder } from '../src/run/run-in-order.ts'

const limits: OrderLimits = {
  concurrency: 4,
  window: 8,
  maxWaitingWeight: 1000,
  signal: new AbortController().signal,
}

/** Tasks 0 to count - 1, which come in batches and end when they are told to. */
class Bench implements OrderedWork<number, number> {
  readonly delivered: number[] = []
  readonly ends = new Map<number, (result: number | undefined | Error) => void>()
  running = 0
  mostRunning = 0
  mostAhead = 0
  begun = 0
  readonly #count: number
  readonly #batch: number
  #available = 0

  constructor(count: number, batch = count) {
    this.#count = count
    this.#batch = batch
  }

  next(): number | undefined {
    if (this.begun === this.#available) return undefined
    this.mostAhead = Math.max(this.mostAhead, this.begun - this.delivered.length + 1)
    return this.begun++
  }

  ended(): boolean {
    return this.begun === this.#count
  }

  async refill(): Promise<void> {
    this.#available = Math.min(this.#count, this.#available + this.#batch)
  }

  run(task: number): Promise<number | undefined> {
    this.running++
    this.mostRunning = Math.max(this.mostRunning, this.running)
    return new Promise((resolve, reject) => {
      this.ends.set(task, (result) => {
        this.running--
        this.ends.delete(task)
        if (result instanceof Error) reject(result)
        else resolve(result)
      })
    })
  }

  deliver(result: number): void {
    this.delivered.push(result)
  }

  weigh(): number {
    return 1
  }

  /** Ends a task and lets everything that follows from it happen. */
  async end(task: number, result: number | Error = task): Promise<void> {
    this.ends.get(task)!(result)
    await settled()
  }

  async cutOff(task: number): Promise<void> {
    this.ends.get(task)!(undefined)
    await settled()
  }
}

/** Tasks are begun in an immediate, and what waits here must come after it. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

describe('runInOrder', () => {
  test('whatever the order of ends, the order of delivery is that of the tasks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 20 }),
        fc.infiniteStream(fc.nat()),
        async (count, concurrency, batch, choices) => {
          const bench = new Bench(count, batch)
          const window = concurrency + 3
          const done = runInOrder(bench, { ...limits, concurrency, window })
          await settled()
          for (const choice of choices) {
            const open = [...bench.ends.keys()]
            if (open.length === 0) break
            await bench.end(open[choice % open.length]!)
          }
          await done
          expect(bench.delivered).toEqual(range(count))
          expect(bench.mostRunning).toBeLessThanOrEqual(concurrency)
          expect(bench.mostAhead).toBeLessThanOrEqual(window)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('a slow task holds the others up only when the window is full', async () => {
    const bench = new Bench(20)
    const done = runInOrder(bench, limits)
    await settled()
    for (const task of [1, 2, 3, 4, 5, 6, 7]) await bench.end(task)
    expect([bench.begun, bench.running, bench.delivered]).toEqual([8, 1, []])
    await bench.end(0)
    expect([bench.begun, bench.running, bench.delivered]).toEqual([12, 4, range(8)])
    for (const task of range(20).slice(8)) await bench.end(task)
    await done
    expect(bench.delivered).toEqual(range(20))
  })

  test('nothing is begun while the waiting results weigh too much', async () => {
    const bench = new Bench(20)
    const done = runInOrder(bench, { ...limits, maxWaitingWeight: 1 })
    await settled()
    await bench.end(1)
    expect(bench.begun).toBe(5)
    await bench.end(2)
    expect(bench.begun).toBe(5)
    await bench.end(0)
    expect(bench.begun).toBe(7)
    while (bench.ends.size > 0) await bench.end([...bench.ends.keys()][0]!)
    await done
  })

  test('no task at all', async () => {
    const bench = new Bench(0)
    await runInOrder(bench, limits)
    expect(bench.begun).toBe(0)
  })

  test('an abort begins nothing, waits for what is under way, and delivers up to the first gap', async () => {
    const controller = new AbortController()
    const bench = new Bench(20)
    const done = runInOrder(bench, { ...limits, signal: controller.signal })
    await settled()
    await bench.end(0)
    await bench.end(2)
    controller.abort()
    const begun = bench.begun
    await bench.cutOff(1)
    for (const task of bench.ends.keys()) await bench.end(task)
    await done
    expect(bench.begun).toBe(begun)
    expect(bench.delivered).toEqual([0])
  })

  test('aborted before it begins', async () => {
    const bench = new Bench(20)
    await runInOrder(bench, { ...limits, signal: AbortSignal.abort() })
    expect(bench.begun).toBe(0)
  })

  test('an error of a task, of delivery and of refill comes out once nothing runs', async () => {
    const failing = new Bench(20)
    const done = runInOrder(failing, limits)
    await settled()
    let over = false
    done.catch(() => (over = true))
    await failing.end(2, new Error('boom'))
    expect([over, failing.begun]).toEqual([false, 4])
    for (const task of failing.ends.keys()) await failing.end(task)
    await expect(done).rejects.toThrow('boom')

    const full = new Bench(20)
    full.deliver = () => {
      throw new Error('disk full')
    }
    const writing = runInOrder(full, limits).catch((error: unknown) => error)
    await settled()
    await full.end(0)
    for (const task of full.ends.keys()) await full.end(task)
    expect(await writing).toEqual(new Error('disk full'))

    const torn = new Bench(20)
    torn.refill = () => Promise.reject(new Error('torn line'))
    await expect(runInOrder(torn, limits)).rejects.toThrow('torn line')
  })
})

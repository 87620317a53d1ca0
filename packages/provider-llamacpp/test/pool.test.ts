import { describe, expect, it } from 'vitest'
import { Pool } from '../src/llamacpp-engine.ts'

describe('Pool', () => {
  it('serves in the order of coming', async () => {
    const pool = new Pool(['only'])
    const first = await pool.take()
    const order: number[] = []
    const later = [1, 2, 3].map(async (place) => {
      const item = await pool.take()
      order.push(place)
      pool.give(item)
    })
    pool.give(first)
    await Promise.all(later)
    expect(order).toEqual([1, 2, 3])
  })

  it('forgets who gave up waiting, and keeps no listener', async () => {
    const pool = new Pool(['only'])
    const item = await pool.take()
    const controller = new AbortController()
    const gone = pool.take(controller.signal)
    const patient = pool.take()
    controller.abort(new Error('enough'))
    await expect(gone).rejects.toThrow('enough')
    pool.give(item)
    expect(await patient).toBe('only')
    pool.give('only')
    expect(await pool.take(new AbortController().signal)).toBe('only')
  })

  it('does not lend to a caller who aborted already', async () => {
    const pool = new Pool(['only'])
    await expect(pool.take(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
    expect(await pool.take()).toBe('only')
  })

  it('loses nothing when an abort comes right behind the item', async () => {
    const pool = new Pool(['only'])
    const item = await pool.take()
    const controller = new AbortController()
    const waiting = pool.take(controller.signal)
    pool.give(item)
    controller.abort()
    expect(await waiting).toBe('only')
    pool.give('only')
    expect(await pool.take()).toBe('only')
  })

  it('drains: refuses who waits and who comes, and waits for what is out', async () => {
    const pool = new Pool(['a', 'b'])
    const a = await pool.take()
    const b = await pool.take()
    const waiting = pool.take()
    let drained = false
    const draining = pool.drain(new Error('closed')).then(() => (drained = true))
    await expect(waiting).rejects.toThrow('closed')
    await expect(pool.take()).rejects.toThrow('closed')
    expect(() => pool.check()).toThrow('closed')
    pool.give(a)
    await Promise.resolve()
    expect(drained).toBe(false)
    pool.give(b)
    await draining
  })

  it('does not wait for a holder that waits for its own caller, and tells it so when it goes on', async () => {
    const pool = new Pool(['only'])
    const item = await pool.take()
    const left = pool.pause('value')
    expect(left.next()).toEqual({ done: false, value: 'value' })
    left.return()
    const paused = pool.pause('value')
    paused.next()
    await pool.drain(new Error('closed'))
    expect(() => paused.next()).toThrow('closed')
    pool.give(item)
  })
})

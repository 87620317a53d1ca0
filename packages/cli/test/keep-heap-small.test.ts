import { getHeapSpaceStatistics } from 'node:v8'
import { expect, it } from 'vitest'
import { keepHeapSmall } from '../src/keep-heap-small.ts'

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')!.space_size
}

/** Keeps much of what is new alive for a while, which is what makes V8 enlarge the young generation. */
async function churn(turns: number): Promise<void> {
  const alive: string[][] = []
  for (let turn = 0; turn < turns; turn++) {
    for (let index = 0; index < 200; index++)
      alive[(turn * 200 + index) % 2000] = Array.from({ length: 200 }, (_, at) => `${turn}-${at}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

it('holds the young generation where it is once it is large enough, and lets it grow again', async () => {
  const letHeapGrow = keepHeapSmall()
  try {
    for (let tries = 0; youngBytes() < 16 << 20 && tries < 100; tries++) await churn(10)
    // It looks every 50 ms.
    await new Promise((resolve) => setTimeout(resolve, 200))
    const held = youngBytes()
    await churn(100)
    expect(youngBytes()).toBeLessThanOrEqual(held)
  } finally {
    letHeapGrow()
  }
})

it('leaves no timer behind', () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  keepHeapSmall()()
  expect(timers()).toBe(before)
})

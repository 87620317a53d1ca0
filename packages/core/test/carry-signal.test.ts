import { expect, it } from 'vitest'
import { carrySignal } from '../src/carry-signal.ts'

/** An SDK as far as it matters here: it has a signal of its own, and hands `fetchOptions` on. */
async function throughSdk(carrier: ReturnType<typeof carrySignal>, signal: AbortSignal | undefined): Promise<Response> {
  const init: RequestInit = { method: 'POST', body: 'text', signal: new AbortController().signal }
  return carrier.fetch('http://localhost/', { ...init, ...carrier.fetchOptions(signal) })
}

it("reaches fetch in place of the SDK's own signal, and changes nothing else", async () => {
  const seen: RequestInit[] = []
  const carrier = carrySignal(async (_input, init = {}) => {
    seen.push(init)
    return new Response()
  })
  const { signal } = new AbortController()
  await throughSdk(carrier, signal)
  await throughSdk(carrier, undefined)
  expect(seen[0]).toMatchObject({ method: 'POST', body: 'text' })
  expect(seen[0]!.signal).toBe(signal)
  expect(seen[1]!.signal).toBeInstanceOf(AbortSignal)
  expect(seen[1]!.signal).not.toBe(signal)
})

it('lets calls at the same time keep their own signals', async () => {
  const signals: unknown[] = []
  const carrier = carrySignal(async (_input, init) => {
    signals.push(init?.signal)
    return new Response()
  })
  const controllers = [new AbortController(), new AbortController()]
  await Promise.all(controllers.map(({ signal }) => throughSdk(carrier, signal)))
  expect(signals).toEqual(controllers.map(({ signal }) => signal))
})

import type { GenerateOptions, Ledger } from '@insidellms/core'
import { expect } from 'vitest'

/** What a vendor's bodies and ledgers have whatever was asked. */
export interface LedgerHabits {
  /** Entries that are there although nobody asked for the option. */
  always?: readonly string[]
  /** Entries that may be there although nobody asked for the option. */
  sometimes?: readonly string[]
  /** Options whose value may be what the vendor does unasked: then they have no place in the body. */
  implied?: readonly string[]
  /** Fields of the body that no option made. Default: `model` and `messages`. */
  plain?: readonly string[]
  /** The field of the body whose own fields are the options, where they are not at its top. */
  inside?: string
}

/** Every option asked for is in the ledger; what it points at is in the body; nothing else is in the body. */
export function expectLedger(
  ledger: Ledger,
  body: Record<string, unknown>,
  { providerOptions, ...portable }: GenerateOptions,
  { always = [], sometimes = [], implied = [], plain = ['model', 'messages'], inside }: LedgerHabits = {},
): void {
  const own = Object.keys(providerOptions ?? {}).map((key) => `providerOptions.${key}`)
  const expected = new Set([...always, ...Object.keys(portable), ...own])
  const told = Object.keys(ledger).filter((key) => !['messages', ...sometimes].includes(key))
  expect(told.sort()).toEqual([...expected].sort())
  const depth = inside === undefined ? 1 : 2
  const pointed = new Set(plain)
  for (const [option, entry] of Object.entries(ledger)) {
    if (entry.wire === undefined) {
      const status = implied.includes(option) ? expect.stringMatching(/^(refused|mapped)$/) : 'refused'
      expect(entry, option).toEqual({ status, reason: expect.any(String) })
      continue
    }
    expect(entry.status, option).not.toBe('refused')
    if (entry.status === 'adjusted') expect(entry.reason, option).toEqual(expect.any(String))
    const path = entry.wire.slice(1).split('/')
    if (inside === undefined || path[0] === inside) pointed.add(path[depth - 1]!)
    const there = path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], body)
    // As JSON: it has no -0.
    if (option !== 'messages') expect(JSON.stringify(there), option).toBe(JSON.stringify(entry.value))
    if (entry.status === 'sent' && option in portable) {
      const asked = portable[option as keyof typeof portable]
      const listed = option === 'stop' && typeof asked === 'string' ? [asked] : asked
      expect(JSON.stringify(entry.value), option).toBe(JSON.stringify(listed))
    }
  }
  const fields = inside === undefined ? body : ((body[inside] as Record<string, unknown> | undefined) ?? {})
  expect(Object.keys(fields).filter((field) => !pointed.has(field))).toEqual([])
}

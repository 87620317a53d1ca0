import type { Finish, FinishKind } from './model-response.ts'

/**
 * The vendor's own word for why an answer ended, and what it means everywhere. A word that nobody knew when the driver was
 * written is `other`, and so is none.
 *
 * @example
 * ```ts
 * finishOf('end_turn', { end_turn: 'stop', max_tokens: 'length' }) // { kind: 'stop', raw: 'end_turn' }
 * ```
 */
export function finishOf(raw: string | null | undefined, kinds: Readonly<Record<string, FinishKind>>): Finish {
  if (!raw) return { kind: 'other', raw: null }
  return { kind: (Object.hasOwn(kinds, raw) ? kinds[raw] : undefined) ?? 'other', raw }
}

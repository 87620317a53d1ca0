import type { CallIndex } from '../replay/call-index.ts'
import type { Recall } from './item-calls.ts'
import type { ReplayOptions } from './resolve-parts.ts'

/**
 * Answers from what this run was told before it was broken off, then from the run that it replays.
 *
 * @param own The calls of this run that have no record yet.
 * @param end Aborted, with the reason, when a strict replay is asked what was not recorded.
 */
export function recallFrom(
  own: CallIndex | undefined,
  replay: ReplayOptions | undefined,
  end: AbortController,
): Recall | undefined {
  if (own === undefined && replay === undefined) return undefined
  return (request, key) => {
    const mine = own?.takeSamePlace(request.hash, key)
    if (mine !== undefined) return { call: mine, logged: true }
    const recorded = replay?.source.take(request, key)
    if (recorded !== undefined) return { call: recorded, logged: false }
    if (replay === undefined || replay.allowNew) return undefined
    // One unknown request ends the run; the others that are under way need no explanation of their own.
    if (!end.signal.aborted) end.abort(replay.source.miss(request, key))
    throw end.signal.reason
  }
}

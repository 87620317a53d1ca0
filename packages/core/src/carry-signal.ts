/** A `fetch` for an SDK, and what a call gives the SDK so that its signal reaches this `fetch`. */
export interface SignalCarrier {
  fetch: typeof fetch
  fetchOptions(signal: AbortSignal | undefined): Omit<RequestInit, 'body' | 'headers' | 'method' | 'signal'>
}

const callSignal: unique symbol = Symbol('insidellms.callSignal')

type CarryingInit = RequestInit & { [callSignal]?: AbortSignal | undefined }

/**
 * Carries a call's signal past an SDK that would compose it with one of its own: that takes an eighth of a whole call. For
 * SDKs that hand their `fetchOptions` on, and whose own timeout is off.
 */
export function carrySignal(carry: typeof fetch): SignalCarrier {
  return {
    fetch(input, init: CarryingInit = {}) {
      const signal = init[callSignal]
      return carry(input, signal === undefined ? init : { ...init, signal })
    },
    fetchOptions: (signal) => ({ [callSignal]: signal }) as object,
  }
}

import { abortedError } from './deadline.ts'

/** Resolves after some milliseconds; rejects with `aborted` as soon as the signal does, leaving no timer or listener. */
export function delay(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortedError(signal.reason))
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(abortedError(signal?.reason))
    }
    // Node fires timers above 2^31-1 ms at once.
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      },
      Math.min(milliseconds, 2 ** 31 - 1),
    )
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

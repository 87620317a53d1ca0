import { inspect, isDeepStrictEqual } from 'node:util'

/** What a case found wrong, as a sentence for the provider's author. */
export class ConformanceFailure extends Error {
  override readonly name: string = 'ConformanceFailure'
}

/** Nothing to prove here; the case is reported as skipped with this reason. */
export class NotApplicable extends Error {}

export function check(condition: unknown, message: string): asserts condition {
  if (!condition) throw new ConformanceFailure(message)
}

/** Deep equality, prototypes included. */
export function checkEqual(actual: unknown, expected: unknown, what: string): void {
  check(isDeepStrictEqual(actual, expected), `${what} should be ${show(expected)}; it is ${show(actual)}.`)
}

/** A value on one line, not too long for a message. */
export function show(value: unknown): string {
  const text = inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY })
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

/** Fails when the promise does not settle in time: what hangs must not hang the kit. */
export async function within<T>(promise: Promise<T>, milliseconds: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new ConformanceFailure(`${what} did not happen within ${milliseconds} ms.`)),
      milliseconds,
    )
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Looks again and again until it is true, and fails when the time is up. */
export async function eventually(
  isTrue: () => boolean,
  milliseconds: number,
  what: string | (() => string),
): Promise<void> {
  const end = performance.now() + milliseconds
  while (!isTrue()) {
    check(performance.now() < end, typeof what === 'string' ? what : what())
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

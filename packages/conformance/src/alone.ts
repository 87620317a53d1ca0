let last: Promise<unknown> = Promise.resolve()

/** For what looks at the whole process: one at a time, also where a test runner runs several cases at once. */
export function alone<T>(run: () => Promise<T>): Promise<T> {
  const mine = last.then(run)
  last = mine.catch(() => undefined)
  return mine
}

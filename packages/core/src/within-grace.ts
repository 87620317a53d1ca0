/**
 * Waits for a driver to clean up behind itself, but not for ever: one that ignores its signal must not hang the reader
 * who leaves its stream. What goes wrong while cleaning up changes nothing for that reader.
 */
export function withinGrace(clean: () => PromiseLike<unknown> | undefined, graceMs: number = 2000): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, graceMs)
    const finish = (): void => {
      clearTimeout(timer)
      resolve()
    }
    try {
      Promise.resolve(clean()).then(finish, finish)
    } catch {
      finish()
    }
  })
}

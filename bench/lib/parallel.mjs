/**
 * Does work side by side, `concurrency` at a time.
 *
 * @param {number} count
 * @param {number} concurrency
 * @param {(index: number) => Promise<void>} work
 */
export async function inParallel(count, concurrency, work) {
  let next = 0
  const lane = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
}

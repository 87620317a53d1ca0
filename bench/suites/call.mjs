import { compareContenders } from '../lib/contenders.mjs'

/** @type {import('../lib/results.mjs').Column[]} */
const columns = [
  { title: 'CPU µs/call', metric: 'cpuUs' },
  { title: 'x raw SDK', metric: 'cpuUs', show: 'ratio', digits: 2 },
  { title: 'wall µs/call', metric: 'wallUs' },
]

/**
 * One call after the other.
 *
 * @param {import('../lib/contenders.mjs').Options} options
 */
export async function call(options) {
  return compareContenders(options, {
    suite: 'call',
    scenario: 'one call at a time',
    columns,
    rounds: 9,
    warmUp: (worker) => worker.ask('calls', { count: 1500, concurrency: 1 }),
    async measure(worker) {
      const count = 500
      const { cpuUs, wallUs } = await worker.ask('calls', { count, concurrency: 1 })
      return { cpuUs: cpuUs / count, wallUs: wallUs / count }
    },
  })
}

import { compareContenders } from '../lib/contenders.mjs'

/** @type {import('../lib/results.mjs').Column[]} */
const columns = [
  { title: 'req/s', metric: 'perSecond' },
  { title: 'x raw SDK', metric: 'perSecond', show: 'ratio', digits: 2 },
  { title: 'CPU µs/call', metric: 'cpuUs' },
  { title: 'x raw SDK', metric: 'cpuUs', show: 'ratio', digits: 2 },
  { title: 'peak RSS MB', metric: 'peakRssMb' },
]

/**
 * 64 calls under way at once.
 *
 * @param {import('../lib/contenders.mjs').Options} options
 */
export async function concurrent(options) {
  return compareContenders(options, {
    suite: 'concurrent',
    scenario: '64 calls at once',
    columns,
    rounds: 9,
    warmUp: (worker) => worker.ask('calls', { count: 3000, concurrency: 64 }),
    async measure(worker) {
      const count = 3000
      const { cpuUs, wallUs, peakRssMb } = await worker.ask('calls', { count, concurrency: 64 })
      return { cpuUs: cpuUs / count, perSecond: (count / wallUs) * 1e6, peakRssMb }
    },
  })
}

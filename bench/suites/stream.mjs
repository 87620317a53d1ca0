import { compareContenders } from '../lib/contenders.mjs'

/** @type {import('../lib/results.mjs').Column[]} */
const columns = [
  { title: 'CPU µs/chunk', metric: 'cpuUs', digits: 2 },
  { title: 'x raw SDK', metric: 'cpuUs', show: 'ratio', digits: 2 },
  { title: 'wall µs/chunk', metric: 'wallUs', digits: 2 },
  { title: 'peak RSS MB', metric: 'peakRssMb' },
]

const scenarios = [
  { scenario: 'one stream of 2,000 chunks', streams: 1, chunks: 2000, paced: false, repeat: 5 },
  { scenario: '200 streams of 200 chunks at once', streams: 200, chunks: 200, paced: false, repeat: 1 },
  { scenario: 'one stream of 2,000 chunks, a packet each', streams: 1, chunks: 2000, paced: true, repeat: 2 },
]

/**
 * Reading streams of text.
 *
 * @param {import('../lib/contenders.mjs').Options} options
 */
export async function stream(options) {
  const results = []
  for (const { scenario, streams: count, chunks, paced, repeat } of scenarios) {
    /** @param {import('../lib/child.mjs').Child} worker */
    const once = async (worker) => {
      let cpu = 0
      let wall = 0
      let peakRssMb = 0
      for (let turn = 0; turn < repeat; turn++) {
        const measured = await worker.ask('streams', { count, chunks })
        cpu += measured.cpuUs
        wall += measured.wallUs
        peakRssMb = measured.peakRssMb
      }
      const total = count * chunks * repeat
      return { cpuUs: cpu / total, wallUs: wall / total, peakRssMb }
    }
    results.push(
      ...(await compareContenders(options, {
        suite: 'stream',
        scenario,
        columns,
        rounds: 9,
        shape: { chunks, paced },
        warmUp: async (worker) => {
          for (let turn = 0; turn < 5; turn++) await once(worker)
        },
        measure: once,
      })),
    )
  }
  return results
}

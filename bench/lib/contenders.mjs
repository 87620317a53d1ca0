import { readdirSync } from 'node:fs'
import { startChild, withChild } from './child.mjs'
import { takeTurns } from './results.mjs'

export const baseline = 'raw-sdk'

/** Each folder of contenders is a vendor's. */
export const vendors = readdirSync(new URL('../contenders', import.meta.url)).sort()

/**
 * A vendor's contenders, the raw SDK first.
 *
 * @param {string} vendor
 * @param {string[] | undefined} only
 * @returns {string[]}
 */
function contendersOf(vendor, only) {
  const names = readdirSync(new URL(`../contenders/${vendor}`, import.meta.url)).map((file) => file.replace('.mjs', ''))
  const wanted = names.filter((name) => name !== baseline && (only?.includes(name) ?? true)).sort()
  return [baseline, ...wanted]
}

/**
 * What the command line chose.
 *
 * @typedef {object} Options
 * @property {string[] | undefined} vendors
 * @property {string[] | undefined} only
 * @property {number | undefined} rounds
 * @property {number} items Items of a run.
 */

/**
 * Starts the server and every contender of each vendor, warms each up, and measures them in turns.
 *
 * @param {Options} options
 * @param {object} scenario
 * @param {string} scenario.suite
 * @param {string} scenario.scenario
 * @param {import('./results.mjs').Column[]} scenario.columns
 * @param {number} scenario.rounds
 * @param {import('../workers/server.mjs').StreamShape} [scenario.shape]
 * @param {(worker: import('./child.mjs').Child) => Promise<unknown>} scenario.warmUp
 * @param {(worker: import('./child.mjs').Child) => Promise<Record<string, number>>} scenario.measure
 * @returns {Promise<import('./results.mjs').Result[]>}
 */
export async function compareContenders(options, { suite, scenario, columns, rounds, shape, warmUp, measure }) {
  return withChild('workers/server.mjs', [], async (server) => {
    const origin = await server.ask('origin')
    if (shape !== undefined) await server.ask('shape', shape)
    const results = []
    for (const vendor of options.vendors ?? vendors) {
      /** @type {Map<string, import('./child.mjs').Child>} */
      const workers = new Map()
      /** @param {string} name */
      const start = async (name) => {
        const worker = startChild('workers/contender.mjs', [`${vendor}/${name}`, origin])
        workers.set(name, worker)
        await warmUp(worker)
        return worker
      }
      const contenders = await takeTurns(contendersOf(vendor, options.only), options.rounds ?? rounds, async (name) =>
        measure(workers.get(name) ?? (await start(name))),
      )
      for (const worker of workers.values()) worker.stop()
      results.push({ suite, scenario: `${vendor}, ${scenario}`, baseline, columns, contenders })
    }
    return results
  })
}

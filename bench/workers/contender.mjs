// One contender in its own process.
import { answerTo, measure } from '../lib/child.mjs'
import { inParallel } from '../lib/parallel.mjs'
import { answerStart } from '../wires/wire.mjs'

/**
 * What a file in `contenders/` exports as `connect`.
 *
 * @typedef {object} Contender
 * @property {(origin: string) => Client | Promise<Client>} connect
 *
 * @typedef {object} Client
 * @property {(prompt: string) => Promise<string>} call The answer's text.
 * @property {(prompt: string) => Promise<number>} stream How many pieces of text came, read the way its users would.
 */

const [name, origin = ''] = process.argv.slice(2)
/** @type {Contender} */
const contender = await import(`../contenders/${name}.mjs`)
const client = await contender.connect(origin)

answerTo({
  /** @param {{ count: number, concurrency: number }} job */
  calls: ({ count, concurrency }) =>
    measure(() =>
      inParallel(count, concurrency, async (index) => {
        const text = await client.call(`What is the capital of France? Answer in one short sentence. (${index})`)
        if (!text.startsWith(answerStart)) throw new Error(`${name} read ${JSON.stringify(text)}.`)
      }),
    ),

  /** @param {{ count: number, chunks: number }} job */
  streams: ({ count, chunks }) =>
    measure(() =>
      inParallel(count, count, async (index) => {
        const pieces = await client.stream(`Tell me about Paris. (${index})`)
        if (pieces !== chunks) throw new Error(`${name} read ${pieces} of ${chunks} chunks.`)
      }),
    ),
})

// A bare loop over a client that writes one JSON line an answer: what one would write by hand.
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { answerTo, measure } from '../lib/child.mjs'
import { inParallel } from '../lib/parallel.mjs'

answerTo({
  /** @param {{ origin: string, items: number, directory: string, contender: string }} job */
  run: ({ origin, items, directory, contender }) =>
    measure(async () => {
      /** @type {import('./contender.mjs').Contender} */
      const { connect } = await import(`../contenders/${contender}.mjs`)
      const client = await connect(origin)
      const file = openSync(join(directory, 'answers.jsonl'), 'w')
      let lines = ''
      await inParallel(items, 64, async (index) => {
        const prompt = `Question ${index}: what is the capital of France?\n\nAnswer in a few words.`
        const start = performance.now()
        const output = await client.call(prompt)
        const score = output.includes('Paris') ? 1 : 0
        lines += `${JSON.stringify({ id: index, prompt, output, score, latencyMs: performance.now() - start })}\n`
        if (lines.length < 2 ** 18) return
        writeSync(file, lines)
        lines = ''
      })
      writeSync(file, lines)
      closeSync(file)
    }),
})

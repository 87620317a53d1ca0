// One whole run in a process of its own: through the runner, or in a bare loop that writes one JSON line an answer.
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { PluginRegistry } from '@insidellms/core'
import { answerTo, measure } from '../lib/child.mjs'
import { inParallel } from '../lib/parallel.mjs'

const concurrency = 64

answerTo({
  /** @param {{ origin: string, dataset: string, directory: string }} where */
  runner: ({ origin, dataset, directory }) =>
    measure(async () => {
      const [{ run }, { builtinProbes }, { default: openai }] = await Promise.all([
        import('@insidellms/runner'),
        import('@insidellms/probes'),
        import('@insidellms/provider-openai/plugin'),
      ])
      const registry = new PluginRegistry()
      registry.use(builtinProbes)
      registry.use(openai)
      const { counts, total } = await run(
        {
          model: { type: 'openai', args: { modelName: 'gpt-4o-mini', apiKey: 'none', baseUrl: `${origin}/v1` } },
          probe: 'factuality',
          dataset: { path: dataset },
          concurrency,
        },
        { registry, runDir: directory },
      )
      if (counts.success !== total) throw new Error(`Of ${total} items, ${counts.success} succeeded.`)
    }),

  /** @param {{ origin: string, items: number, directory: string, contender: string }} where */
  loop: ({ origin, items, directory, contender }) =>
    measure(async () => {
      /** @type {import('./contender.mjs').Contender} */
      const { connect } = await import(`../contenders/${contender}.mjs`)
      const client = await connect(origin)
      const file = openSync(join(directory, 'answers.jsonl'), 'w')
      let lines = ''
      await inParallel(items, concurrency, async (index) => {
        const prompt = question(index)
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

/** @param {number} index */
function question(index) {
  return `Question ${index}: what is the capital of France?\n\nAnswer in a few words.`
}

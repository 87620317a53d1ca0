// Counts the vendor SDK's modules before and after the first call. The second count shows that the first one can see them.
import { registerHooks } from 'node:module'
import { answerTo } from '../lib/child.mjs'

let modules = 0
registerHooks({
  load(url, context, nextLoad) {
    if (url.includes('/node_modules/openai/')) modules++
    return nextLoad(url, context)
  },
})

answerTo({
  /** @param {{ project: string, origin: string }} where */
  async load({ project, origin }) {
    const { modelRegistry, registry } = await import('@insidellms/core')
    await registry.discover({ project })
    const model = await modelRegistry.get('openai', {
      modelName: 'gpt-4o-mini',
      apiKey: 'none',
      baseUrl: `${origin}/v1`,
    })
    model.info()
    const before = modules
    await model.generate('What is the capital of France?')
    return { before, after: modules }
  },
})

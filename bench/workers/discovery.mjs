// One discovery, cold: the module that does it is loaded within the measured time.
import { PluginRegistry } from '@insidellms/core'
import { answerTo } from '../lib/child.mjs'

answerTo({
  /** @param {string} project */
  async discover(project) {
    const start = performance.now()
    const plugins = await new PluginRegistry().discover({ project })
    return { ms: performance.now() - start, found: plugins.filter(({ state }) => state === 'available').length }
  },
})

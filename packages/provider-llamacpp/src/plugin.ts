import { definePlugin, type Plugin } from '@insidellms/core/driver'
import { createLlamaCppDriver, type LlamaCppSettings } from './llamacpp-driver.ts'

const plugin: Plugin = definePlugin({
  name: '@insidellms/provider-llamacpp',
  apiVersion: 1,
  register({ models }) {
    models.register('llamacpp', (settings) => {
      const { modelName, ...others } = settings
      // An id such as `llamacpp:models/m.gguf` arrives as modelName.
      const given = modelName === undefined || 'modelPath' in others ? settings : { modelPath: modelName, ...others }
      return createLlamaCppDriver(given as unknown as LlamaCppSettings)
    })
  },
})

export default plugin

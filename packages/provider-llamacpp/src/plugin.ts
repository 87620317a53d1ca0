import { definePlugin, type Plugin } from '@insidellms/core/driver'
import { createLlamaCppDriver, type LlamaCppSettings } from './llamacpp-driver.ts'

const plugin: Plugin = definePlugin({
  name: '@insidellms/provider-llamacpp',
  apiVersion: 1,
  register({ models }) {
    // An id such as `llamacpp:models/m.gguf` arrives as modelName.
    models.register('llamacpp', ({ modelName, ...settings }) =>
      createLlamaCppDriver({
        ...(modelName !== undefined && { modelPath: modelName }),
        ...settings,
      } as unknown as LlamaCppSettings),
    )
  },
})

export default plugin

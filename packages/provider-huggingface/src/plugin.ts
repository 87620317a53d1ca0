import { definePlugin, type Plugin } from '@insidellms/core/driver'
import { createHuggingFaceDriver, type HuggingFaceSettings } from './huggingface-driver.ts'

const plugin: Plugin = definePlugin({
  name: '@insidellms/provider-huggingface',
  apiVersion: 1,
  register({ models }) {
    models.register('huggingface', (settings) => createHuggingFaceDriver(settings as unknown as HuggingFaceSettings))
  },
})

export default plugin

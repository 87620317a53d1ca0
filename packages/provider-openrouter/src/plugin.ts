import { definePlugin, type Plugin } from '@insidellms/core/driver'
import { createOpenRouterDriver, type OpenRouterSettings } from './openrouter-driver.ts'

const plugin: Plugin = definePlugin({
  name: '@insidellms/provider-openrouter',
  apiVersion: 1,
  register({ models }) {
    models.register('openrouter', (settings) => createOpenRouterDriver(settings as unknown as OpenRouterSettings))
  },
})

export default plugin

import { definePlugin, type Plugin } from '@insidellms/core/driver'
import { createOllamaDriver, type OllamaSettings } from './ollama-driver.ts'

const plugin: Plugin = definePlugin({
  name: '@insidellms/provider-ollama',
  apiVersion: 1,
  register({ models }) {
    models.register('ollama', (settings) => createOllamaDriver(settings as unknown as OllamaSettings))
  },
})

export default plugin

import { definePlugin, type Plugin } from '@insidellms/core/driver'
import { createGeminiDriver, type GeminiSettings } from './gemini-driver.ts'

const plugin: Plugin = definePlugin({
  name: '@insidellms/provider-google',
  apiVersion: 1,
  register({ models }) {
    models.register('gemini', (settings) => createGeminiDriver(settings as unknown as GeminiSettings))
  },
})

export default plugin

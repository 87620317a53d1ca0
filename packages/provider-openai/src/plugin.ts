import { definePlugin, type Plugin } from '@insidellms/core/driver'
import { createOpenAIDriver, type OpenAISettings } from './openai-driver.ts'

const plugin: Plugin = definePlugin({
  name: '@insidellms/provider-openai',
  apiVersion: 1,
  register({ models }) {
    models.register('openai', (settings) => createOpenAIDriver(settings as unknown as OpenAISettings))
  },
})

export default plugin

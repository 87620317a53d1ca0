import { definePlugin, type Plugin } from '@insidellms/core/driver'
import { createOpenAICompatibleDriver, type OpenAICompatibleSettings } from './openai-compatible-driver.ts'

const plugin: Plugin = definePlugin({
  name: '@insidellms/provider-openai-compatible',
  apiVersion: 1,
  register({ models }) {
    models.register('openai-compatible', (settings) =>
      createOpenAICompatibleDriver(settings as unknown as OpenAICompatibleSettings),
    )
  },
})

export default plugin

import { definePlugin, type Plugin } from '@insidellms/core/driver'
import { type AnthropicSettings, createAnthropicDriver } from './anthropic-driver.ts'

const plugin: Plugin = definePlugin({
  name: '@insidellms/provider-anthropic',
  apiVersion: 1,
  register({ models }) {
    models.register('anthropic', (settings) => createAnthropicDriver(settings as unknown as AnthropicSettings))
  },
})

export default plugin

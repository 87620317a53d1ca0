import { definePlugin, type Plugin } from '@insidellms/core/driver'
import { type CohereSettings, createCohereDriver } from './cohere-driver.ts'

const plugin: Plugin = definePlugin({
  name: '@insidellms/provider-cohere',
  apiVersion: 1,
  register({ models }) {
    models.register('cohere', (settings) => createCohereDriver(settings as unknown as CohereSettings))
  },
})

export default plugin

import { definePlugin, type Plugin } from '@insidellms/core/driver'
import { createVllmDriver, type VllmSettings } from './vllm-driver.ts'

const plugin: Plugin = definePlugin({
  name: '@insidellms/provider-vllm',
  apiVersion: 1,
  register({ models }) {
    models.register('vllm', (settings) => createVllmDriver(settings as unknown as VllmSettings))
  },
})

export default plugin

import { definePlugin, type Plugin } from '@insidellms/core/driver'
import { createTinyDriver, type TinySettings } from './tiny-driver.ts'
import { createTinyDataset } from './tiny-suites.ts'

const plugin: Plugin = definePlugin({
  name: '@insidellms/tiny-model',
  apiVersion: 1,
  register({ models, datasets }) {
    models.register('tiny', (settings) => createTinyDriver(settings as TinySettings))
    datasets.register('tiny-suite', createTinyDataset)
  },
})

export default plugin

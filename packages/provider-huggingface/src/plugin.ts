import { definePlugin, InsideLLMsError, type Plugin } from '@insidellms/core/driver'
import { createHuggingFaceDriver, type HuggingFaceSettings } from './huggingface-driver.ts'
import type { HuggingFaceLocalSettings } from './local/local-driver.ts'

const plugin: Plugin = definePlugin({
  name: '@insidellms/provider-huggingface',
  apiVersion: 1,
  register({ models }) {
    models.register('huggingface', async ({ backend = 'remote', ...settings }) => {
      if (backend === 'remote') return createHuggingFaceDriver(settings as unknown as HuggingFaceSettings)
      if (backend !== 'local')
        throw new InsideLLMsError(
          'config',
          `huggingface: backend must be "remote" or "local"; it is ${JSON.stringify(backend)}.`,
          { provider: 'huggingface' },
        )
      const { createHuggingFaceLocalDriver } = await import('./local/local-driver.ts')
      return createHuggingFaceLocalDriver(settings as unknown as HuggingFaceLocalSettings)
    })
  },
})

export default plugin

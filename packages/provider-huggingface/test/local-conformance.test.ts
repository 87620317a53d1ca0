import { describeProvider } from '@insidellms/conformance/vitest'
import { sharedPath } from '@insidellms/test-support'
import { describe } from 'vitest'
import { createHuggingFaceLocalDriver } from '../src/local/local-driver.ts'

const folder = sharedPath('models/onnx/stories260K')

describe.skipIf(folder === undefined)('a local model (needs ../shared/models)', () => {
  describeProvider({
    createDriver: () => createHuggingFaceLocalDriver({ modelName: folder! }),
    noWire: 'The engine runs in this process.',
    package: new URL('..', import.meta.url),
    sdk: ['@huggingface/transformers'],
    skip: {
      'option-responseFormat': 'transformers.js has no grammars.',
      'option-tools': 'What the model writes is text.',
      'option-toolChoice': 'What the model writes is text.',
      'option-reasoning': 'What the model writes is text; chatTemplateVariables can ask a template for it.',
    },
  })
})

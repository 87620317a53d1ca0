import { describeProvider } from '@insidellms/conformance/vitest'
import { createTinyDriver } from '../src/tiny-driver.ts'

describeProvider({
  createDriver: () => createTinyDriver({ modelName: 'q8_0' }),
  noWire: 'The engine runs in this process: there are no bytes to script.',
  package: new URL('..', import.meta.url),
  skip: {
    'option-tools': 'llama.cpp has no tool calls of its own, and the model knows none.',
    'option-toolChoice': 'It has no tools.',
    'option-reasoning': 'The model has no setting for it.',
  },
})

import { describeProvider } from '@insidellms/conformance/vitest'
import { afterAll } from 'vitest'
import { createLlamaCppDriver } from '../src/llamacpp-driver.ts'
import { makeTinyModel, temporaryFolder } from './tiny-gguf.ts'

const folder = temporaryFolder()
const modelPath = folder.write('tiny.gguf', makeTinyModel('{% for m in messages %}{{ m.content }} {% endfor %}'))

afterAll(() => folder.remove())

describeProvider({
  createDriver: () => createLlamaCppDriver({ modelPath, threads: 1, gpu: false }),
  noWire: 'The engine runs in this process: there are no bytes to script.',
  package: new URL('..', import.meta.url),
  skip: {
    'option-tools': 'llama.cpp has no tool calls of its own, and the file need not know any.',
    'option-toolChoice': 'It has no tools.',
    'option-reasoning': 'A file has no setting for it.',
  },
})

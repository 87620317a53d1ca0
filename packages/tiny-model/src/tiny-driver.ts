import { checkSettings, InsideLLMsError, type ModelDriver } from '@insidellms/core/driver'
import { createLlamaCppDriver } from '@insidellms/provider-llamacpp'
import { tinyModelPath, type TinyVariant, tinyVariants } from './tiny-variants.ts'

export interface TinySettings {
  /** Which file of the weights. Default: `q8_0`. */
  modelName?: TinyVariant
  /** Calls that are answered at once; more wait in line. Default: 1. */
  sequences?: number
}

/**
 * The driver behind `TinyModel` and the type `tiny`: llama.cpp on the file that comes with this package, on one thread of
 * the CPU.
 *
 * @throws {InsideLLMsError} `config` for a wrong setting.
 */
export function createTinyDriver(settings: TinySettings = {}): ModelDriver {
  checkSettings('tiny', settings, ['modelName', 'sequences'])
  const { modelName = 'q8_0', sequences } = settings
  if (!tinyVariants.includes(modelName))
    throw new InsideLLMsError(
      'config',
      `tiny: there is no variant ${JSON.stringify(modelName)}; there are ${tinyVariants.join(', ')}.`,
      {
        provider: 'tiny',
      },
    )
  const driver = createLlamaCppDriver({
    modelPath: tinyModelPath(modelName),
    threads: 1,
    gpu: false,
    ...(sequences !== undefined && { sequences }),
  })
  return { ...driver, info: () => ({ ...driver.info(), provider: 'tiny' }) }
}

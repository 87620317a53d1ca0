import { DriverModel, type ModelSettings } from '@insidellms/core'
import { splitModelSettings } from '@insidellms/core/driver'
import { createLlamaCppDriver, type LlamaCppSettings } from './llamacpp-driver.ts'

/**
 * A GGUF file, run by llama.cpp in this process.
 *
 * @example
 * ```ts
 * const model = new LlamaCppModel({ modelPath: 'models/m.gguf', temperature: 0 })
 * console.log(await model.generate('What is 2+2?'))
 * await model.close()
 * ```
 */
export class LlamaCppModel extends DriverModel {
  /** @throws {InsideLLMsError} `config` when the file cannot be read, is no GGUF, or for a wrong setting. */
  constructor(settings: LlamaCppSettings & ModelSettings) {
    const { driver, model } = splitModelSettings<LlamaCppSettings>(settings)
    super(createLlamaCppDriver(driver), model)
  }
}

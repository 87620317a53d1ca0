import { DriverModel, type ModelSettings } from '@insidellms/core'
import { splitModelSettings } from '@insidellms/core/driver'
import { createOllamaDriver, type OllamaSettings } from './ollama-driver.ts'

/**
 * A model on an Ollama server.
 *
 * @example
 * ```ts
 * const model = new OllamaModel({ modelName: 'llama3.2', contextSize: 8192, temperature: 0, seed: 7 })
 * console.log(await model.generate('What is 2+2?'))
 * ```
 */
export class OllamaModel extends DriverModel {
  /** @throws {InsideLLMsError} `config` for a wrong setting. */
  constructor(settings: OllamaSettings & ModelSettings) {
    const { driver, model } = splitModelSettings<OllamaSettings>(settings)
    super(createOllamaDriver(driver), model)
  }
}

import { DriverModel, type ModelSettings } from '@insidellms/core'
import { splitModelSettings } from '@insidellms/core/driver'
import { createGeminiDriver, type GeminiSettings } from './gemini-driver.ts'

/**
 * A Gemini model of Google.
 *
 * @example
 * ```ts
 * const model = new GeminiModel({ modelName: 'gemini-2.5-flash', temperature: 0 })
 * console.log(await model.generate('What is 2+2?'))
 * ```
 */
export class GeminiModel extends DriverModel {
  /** @throws {InsideLLMsError} `auth` without a key, `config` for a wrong setting. */
  constructor(settings: GeminiSettings & ModelSettings) {
    const { driver, model } = splitModelSettings<GeminiSettings>(settings)
    super(createGeminiDriver(driver), model)
  }
}

import { DriverModel, type ModelSettings } from '@insidellms/core'
import { splitModelSettings } from '@insidellms/core/driver'
import { createOpenAIDriver, type OpenAISettings } from './openai-driver.ts'

/**
 * A model of OpenAI.
 *
 * @example
 * ```ts
 * const model = new OpenAIModel({ modelName: 'gpt-4o', temperature: 0 })
 * console.log(await model.generate('What is 2+2?'))
 * ```
 */
export class OpenAIModel extends DriverModel {
  /** @throws {InsideLLMsError} `auth` without a key, `config` for a wrong setting. */
  constructor(settings: OpenAISettings & ModelSettings) {
    const { driver, model } = splitModelSettings<OpenAISettings>(settings)
    super(createOpenAIDriver(driver), model)
  }
}

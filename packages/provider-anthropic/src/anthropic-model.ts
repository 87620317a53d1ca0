import { DriverModel, type ModelSettings } from '@insidellms/core'
import { splitModelSettings } from '@insidellms/core/driver'
import { type AnthropicSettings, createAnthropicDriver } from './anthropic-driver.ts'

/**
 * A model of Anthropic.
 *
 * @example
 * ```ts
 * const model = new AnthropicModel({ modelName: 'claude-opus-5-5', maxTokens: 1000 })
 * console.log(await model.generate('What is 2+2?'))
 * ```
 */
export class AnthropicModel extends DriverModel {
  /** @throws {InsideLLMsError} `auth` without a key, `config` for a wrong setting. */
  constructor(settings: AnthropicSettings & ModelSettings) {
    const { driver, model } = splitModelSettings<AnthropicSettings>(settings)
    super(createAnthropicDriver(driver), model)
  }
}

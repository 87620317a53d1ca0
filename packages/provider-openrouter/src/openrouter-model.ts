import { DriverModel, type ModelSettings } from '@insidellms/core'
import { splitModelSettings } from '@insidellms/core/driver'
import { createOpenRouterDriver, type OpenRouterSettings } from './openrouter-driver.ts'

/**
 * A model through OpenRouter.
 *
 * @example
 * ```ts
 * const model = new OpenRouterModel({
 *   modelName: 'meta-llama/llama-3.3-70b-instruct',
 *   routing: { only: ['deepinfra'], quantizations: ['fp8'], allowFallbacks: false },
 * })
 * ```
 */
export class OpenRouterModel extends DriverModel {
  /** @throws {InsideLLMsError} `auth` without a key, `config` for a wrong setting. */
  constructor(settings: OpenRouterSettings & ModelSettings) {
    const { driver, model } = splitModelSettings<OpenRouterSettings>(settings)
    super(createOpenRouterDriver(driver), model)
  }
}

import { DriverModel, type ModelSettings } from '@insidellms/core'
import { splitModelSettings } from '@insidellms/core/driver'
import { createHuggingFaceDriver, type HuggingFaceSettings } from './huggingface-driver.ts'

/**
 * A model behind Hugging Face: an Inference Provider, a dedicated endpoint, or a TGI server of your own. For one that
 * runs in this process there is `HuggingFaceLocalModel` in `@insidellms/provider-huggingface/local`.
 *
 * @example
 * ```ts
 * const model = new HuggingFaceModel({ modelName: 'deepseek-ai/DeepSeek-R1', provider: 'together', temperature: 0 })
 * console.log(await model.generate('What is 2+2?'))
 * ```
 */
export class HuggingFaceModel extends DriverModel {
  /** @throws {InsideLLMsError} `auth` without a key that is needed, `config` for a wrong setting. */
  constructor(settings: HuggingFaceSettings & ModelSettings) {
    const { driver, model } = splitModelSettings<HuggingFaceSettings>(settings)
    super(createHuggingFaceDriver(driver), model)
  }
}

import { DriverModel, type ModelSettings } from '@insidellms/core'
import { splitModelSettings } from '@insidellms/core/driver'
import { createHuggingFaceLocalDriver, type HuggingFaceLocalSettings } from './local-driver.ts'

/**
 * An ONNX model, run by transformers.js in this process. Needs `@huggingface/transformers` beside this package.
 *
 * @example
 * ```ts
 * const model = new HuggingFaceLocalModel({ modelName: 'models/SmolLM2-135M-Instruct', dtype: 'q8', temperature: 0 })
 * console.log(await model.generate('What is 2+2?'))
 * ```
 */
export class HuggingFaceLocalModel extends DriverModel {
  /** @throws {InsideLLMsError} `config` for a wrong setting, or a folder that is none of a model. */
  constructor(settings: HuggingFaceLocalSettings & ModelSettings) {
    const { driver, model } = splitModelSettings<HuggingFaceLocalSettings>(settings)
    super(createHuggingFaceLocalDriver(driver), model)
  }
}

import { DriverModel, type ModelSettings } from '@insidellms/core'
import { splitModelSettings } from '@insidellms/core/driver'
import { createVllmDriver, type VllmSettings } from './vllm-driver.ts'

/**
 * A model on a vLLM server.
 *
 * @example
 * ```ts
 * const model = new VllmModel({ modelName: 'Qwen/Qwen3-8B', baseUrl: 'http://127.0.0.1:8000/v1', topK: 20 })
 * console.log(await model.generate('What is 2+2?'))
 * ```
 */
export class VllmModel extends DriverModel {
  /** @throws {InsideLLMsError} `config` for a wrong setting. */
  constructor(settings: VllmSettings & ModelSettings) {
    const { driver, model } = splitModelSettings<VllmSettings>(settings)
    super(createVllmDriver(driver), model)
  }
}

import { DriverModel, type ModelSettings } from '@insidellms/core'
import { splitModelSettings } from '@insidellms/core/driver'
import { createTinyDriver, type TinySettings } from './tiny-driver.ts'

/**
 * The model that comes with this package.
 *
 * @example
 * ```ts
 * const model = new TinyModel()
 * console.log(await model.generate('What is the capital of France?'))
 * ```
 */
export class TinyModel extends DriverModel {
  /** @throws {InsideLLMsError} `config` for a wrong setting. */
  constructor(settings: TinySettings & ModelSettings = {}) {
    const { driver, model } = splitModelSettings<TinySettings>(settings)
    super(createTinyDriver(driver), model)
  }
}

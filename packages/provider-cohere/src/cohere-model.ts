import { DriverModel, type ModelSettings } from '@insidellms/core'
import { splitModelSettings } from '@insidellms/core/driver'
import { type CohereSettings, createCohereDriver } from './cohere-driver.ts'

/**
 * A model of Cohere.
 *
 * @example
 * ```ts
 * const model = new CohereModel({ modelName: 'command-a-03-2025', temperature: 0 })
 * console.log(await model.generate('What is 2+2?'))
 * ```
 */
export class CohereModel extends DriverModel {
  /** @throws {InsideLLMsError} `auth` without a key, `config` for a wrong setting. */
  constructor(settings: CohereSettings & ModelSettings) {
    const { driver, model } = splitModelSettings<CohereSettings>(settings)
    super(createCohereDriver(driver), model)
  }
}

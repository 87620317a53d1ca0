import { DriverModel, type ModelSettings } from '@insidellms/core'
import { splitModelSettings } from '@insidellms/core/driver'
import { createOpenAICompatibleDriver, type OpenAICompatibleSettings } from './openai-compatible-driver.ts'

/**
 * A model behind any server that speaks chat completions.
 *
 * @example
 * ```ts
 * const local = new OpenAICompatibleModel({ baseUrl: 'http://127.0.0.1:1234/v1', modelName: 'qwen3-8b' })
 * const groq = new OpenAICompatibleModel({ vendor: 'groq', modelName: 'llama-3.3-70b-versatile' })
 * ```
 */
export class OpenAICompatibleModel extends DriverModel {
  /** @throws {InsideLLMsError} `auth` without a key that the vendor needs, `config` for a wrong setting. */
  constructor(settings: OpenAICompatibleSettings & ModelSettings) {
    const { driver, model } = splitModelSettings<OpenAICompatibleSettings>(settings)
    super(createOpenAICompatibleDriver(driver), model)
  }
}

import { InsideLLMsError, type JsonObject, Model, type ModelInfo, type ModelResponse } from '@insidellms/core'

/** What a run's manifest knows of a model: enough to replay it where its provider is not installed. */
export interface ModelFacts {
  label: string
  type: string
  args: JsonObject
  info: ModelInfo
}

/** Stands for a model whose every answer is recorded. */
export class RecordedModel extends Model {
  readonly #info: ModelInfo

  constructor(info: ModelInfo) {
    super(info.name)
    this.#info = info
  }

  info(): ModelInfo {
    return this.#info
  }

  generate(): Promise<string> {
    return this.respond().then(({ text }) => text)
  }

  override respond(): Promise<ModelResponse> {
    return Promise.reject(
      new InsideLLMsError('not_found', `${this.name} only replays what was recorded, and can be asked nothing new.`),
    )
  }
}

import {
  type ChatMessage,
  type GenerateOptions,
  Model,
  type ModelEvent,
  type ModelInfo,
  type ModelResponse,
} from '@insidellms/core'
import type { AskedModel, ItemCalls } from './item-calls.ts'

/** The model that a probe sees: it adds the run's options to every call, and its calls are noted. */
export class ItemModel extends Model {
  readonly #calls: ItemCalls
  readonly #asked: AskedModel

  constructor(calls: ItemCalls, asked: AskedModel) {
    super(asked.info.name)
    this.#calls = calls
    this.#asked = asked
  }

  info(): ModelInfo {
    return this.#asked.info
  }

  async generate(prompt: string, options?: GenerateOptions): Promise<string> {
    return (await this.respond(prompt, options)).text
  }

  override respond(input: string | ChatMessage[], options?: GenerateOptions): Promise<ModelResponse> {
    return this.#calls.respond(this.#asked, input, options)
  }

  override events(input: string | ChatMessage[], options?: GenerateOptions): AsyncIterable<ModelEvent> {
    return this.#calls.events(this.#asked, input, options)
  }
}

import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type ChatMessage,
  type GenerateOptions,
  Model,
  type ModelEvent,
  type ModelInfo,
  type ModelResponse,
} from '@insidellms/core'
import type { AskedModel, ItemCalls } from './item-calls.ts'

/** The item that is being run. A judge is made once for all items, and its calls belong to the item that it grades. */
const currentItem = new AsyncLocalStorage<ItemCalls>()

/** Runs one item; judges that are asked meanwhile note their calls with it. */
export function withinItem<T>(calls: ItemCalls, work: () => T): T {
  return currentItem.run(calls, work)
}

/** A model that a probe grades answers with: its calls are noted, replayed and resumed like those of the measured one. */
export class JudgeModel extends Model {
  readonly #asked: AskedModel

  constructor(asked: AskedModel) {
    super(asked.info.name)
    this.#asked = asked
  }

  info(): ModelInfo {
    return this.#asked.info
  }

  async generate(prompt: string, options?: GenerateOptions): Promise<string> {
    return (await this.respond(prompt, options)).text
  }

  override respond(input: string | ChatMessage[], options?: GenerateOptions): Promise<ModelResponse> {
    return this.#calls().respond(this.#asked, input, options)
  }

  override events(input: string | ChatMessage[], options?: GenerateOptions): AsyncIterable<ModelEvent> {
    return this.#calls().events(this.#asked, input, options)
  }

  #calls(): ItemCalls {
    const calls = currentItem.getStore()
    if (calls === undefined)
      throw new Error(`${this.name} grades within the run of an item, and was asked outside of one.`)
    return calls
  }
}

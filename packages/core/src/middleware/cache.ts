import type { Middleware, ModelRequest } from '../model-driver.ts'
import type { ModelEvent } from '../model-event.ts'
import type { ModelInfo } from '../model-info.ts'
import type { ModelResponse } from '../model-response.ts'
import { stableJson } from '../stable-json.ts'

/** Where answers are kept. A `Map` is one; so is anything with these two methods. */
export interface CacheStore {
  get(key: string): ModelResponse | undefined | Promise<ModelResponse | undefined>
  set(key: string, response: ModelResponse): unknown
}

export interface CacheOptions {
  /** Default: a Map of its own, which forgets with the process and has no bound. */
  store?: CacheStore
  /** Part of every key. Give each repeat of an item its own, or repeats will share one answer. */
  salt?: string
}

/**
 * Gives a recorded answer to a request that is the same in everything that can change it: provider, model, what the
 * driver says of itself (`info().extra`), messages, every option and `providerOptions`. Such an answer has
 * `timing.attempts` 0. Errors are never kept.
 */
export function cache(options: CacheOptions = {}): Middleware {
  const { store = new Map<string, ModelResponse>(), salt = '' } = options
  return (driver) => {
    const keyOf = (request: ModelRequest): string => cacheKey(driver.info(), request, salt)
    return {
      ...driver,
      async respond(request) {
        const key = keyOf(request)
        const hit = await store.get(key)
        if (hit !== undefined) return fromCache(hit)
        const response = await driver.respond(request)
        await store.set(key, structuredClone(response))
        return response
      },
      async *events(request): AsyncGenerator<ModelEvent, void, undefined> {
        const key = keyOf(request)
        const hit = await store.get(key)
        if (hit !== undefined) return yield* replay(fromCache(hit))
        for await (const event of driver.events(request)) {
          if (event.type === 'finish') await store.set(key, structuredClone(event.response))
          yield event
        }
      },
    }
  }
}

function cacheKey(info: ModelInfo, { messages, options, providerOptions }: ModelRequest, salt: string): string {
  const { provider, modelId, extra } = info
  return stableJson([salt, provider, modelId, extra, messages, options, providerOptions ?? null])
}

function fromCache(response: ModelResponse): ModelResponse {
  const copy = structuredClone(response)
  return { ...copy, timing: { ...copy.timing, totalMs: 0, attempts: 0 } }
}

function* replay(response: ModelResponse): Generator<ModelEvent, void, undefined> {
  let index = 0
  for (const part of response.parts) {
    if (part.type === 'text' || part.type === 'reasoning' || part.type === 'refusal')
      yield { type: part.type, text: part.text }
    else if (part.type === 'tool-call')
      yield { type: 'tool-call', index: index++, id: part.id, name: part.name, arguments: part.arguments }
  }
  yield { type: 'finish', response }
}

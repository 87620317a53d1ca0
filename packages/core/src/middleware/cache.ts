import type { Middleware, ModelRequest } from '../model-driver.ts'
import type { ModelEvent } from '../model-event.ts'
import type { ModelInfo } from '../model-info.ts'
import type { ModelResponse } from '../model-response.ts'

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
      events(request) {
        const key = keyOf(request)
        let inner: Iterator<ModelEvent> | AsyncIterator<ModelEvent> | undefined
        let left = false
        let hit = false
        return {
          [Symbol.asyncIterator]() {
            return this
          },
          async next() {
            if (inner === undefined) {
              const kept = await store.get(key)
              if (left) return { done: true, value: undefined }
              hit = kept !== undefined
              inner = kept === undefined ? driver.events(request) : replay(fromCache(kept))
            }
            const result = await inner.next()
            if (!hit && !result.done && result.value.type === 'finish')
              await store.set(key, structuredClone(result.value.response))
            return result
          },
          async return() {
            left = true
            return (await inner?.return?.()) ?? { done: true, value: undefined }
          },
        }
      },
    }
  }
}

/**
 * Only the options' own order is made the same. Inside a value it can matter: a model that must keep to a JSON schema
 * writes its properties in the schema's order.
 */
function cacheKey(info: ModelInfo, request: ModelRequest, salt: string): string {
  const { provider, modelId, extra } = info
  const { messages, providerOptions = null, onUnsupported } = request
  const options = Object.entries(request.options).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(
    [salt, provider, modelId, extra, messages, options, providerOptions, onUnsupported],
    (_key, value: unknown) => (value instanceof Uint8Array ? { bytes: Array.from(value) } : value),
  )
}

function fromCache(response: ModelResponse): ModelResponse {
  const copy = structuredClone(response)
  return { ...copy, timing: { startedAt: copy.timing.startedAt, totalMs: 0, attempts: 0 } }
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

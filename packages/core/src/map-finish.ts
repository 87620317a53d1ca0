import type { ModelEvent } from './model-event.ts'
import type { ModelResponse } from './model-response.ts'

type MapResponse = (response: ModelResponse) => ModelResponse

/** Events of core's own that apply a change of their response by themselves, so that nobody need stand between. */
const onFinish: unique symbol = Symbol('insidellms.onFinish')

/** Events whose last one can be changed before it comes. */
export interface ModelEvents extends AsyncIterableIterator<ModelEvent> {
  [onFinish]?(map: MapResponse): void
}

/** The changes that events apply to their response, in the order in which they were asked for. */
export class FinishMaps {
  readonly #maps: MapResponse[] = []

  /** Gives events the means to be asked. */
  attach<Events extends AsyncIterableIterator<ModelEvent>>(events: Events): Events & ModelEvents {
    return Object.assign(events, { [onFinish]: (map: MapResponse) => void this.#maps.push(map) })
  }

  apply(response: ModelResponse): ModelResponse {
    return this.#maps.reduce((mapped, map) => map(mapped), response)
  }
}

/**
 * The same events with another response at their end. It opens at the first `next()`. Over events of core's own it costs
 * nothing per chunk: they are told of the change, and `next()` is theirs.
 */
export function mapFinish(open: () => ModelEvents, map: MapResponse): ModelEvents {
  const maps = new FinishMaps()
  const mapAll = (response: ModelResponse): ModelResponse => maps.apply(map(response))
  let inner: ModelEvents | undefined
  let isTold = false
  let closed = false
  return maps.attach({
    [Symbol.asyncIterator]() {
      return this
    },
    next() {
      if (closed) return Promise.resolve({ done: true, value: undefined })
      if (inner === undefined) {
        // An error of open() must reject and not throw.
        try {
          inner = open()
        } catch (error) {
          closed = true
          return Promise.reject(error)
        }
        isTold = inner[onFinish] !== undefined
        inner[onFinish]?.(mapAll)
      }
      return isTold ? inner.next() : inner.next().then((result) => mapResult(result, mapAll))
    },
    async return() {
      closed = true
      return (await inner?.return?.()) ?? { done: true, value: undefined }
    },
  } satisfies AsyncIterableIterator<ModelEvent>)
}

function mapResult(result: IteratorResult<ModelEvent>, map: MapResponse): IteratorResult<ModelEvent> {
  return result.done || result.value.type !== 'finish'
    ? result
    : { done: false, value: { type: 'finish', response: map(result.value.response) } }
}

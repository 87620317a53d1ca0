import {
  type DriverEvent,
  type DriverResponse,
  type JsonObject,
  type JsonValue,
  type ModelInfo,
  type ModelRequest,
} from '@insidellms/core/driver'
import { setImmediate } from 'node:timers/promises'
import { connect } from 'node:net'
import type { Target } from '../../src/provider-description.ts'
import { type AcmeAnswer, AcmeDriver, type AcmeEvent, type Sent } from '../acme/acme-driver.ts'
import { testMutants } from './test-mutants.ts'

type Events = AsyncGenerator<DriverEvent, void, undefined>

/** A signal that follows another one until it is told not to. */
function following(signal: AbortSignal | undefined): { signal: AbortSignal; leave(): void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort(signal?.reason)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort)
  return { signal: controller.signal, leave: () => signal?.removeEventListener('abort', abort) }
}

testMutants([
  {
    fault: 'does not look at a signal that is aborted already',
    foundBy: 'abort-before',
    driver: class extends AcmeDriver {
      protected override post(path: string, body: JsonObject, signal?: AbortSignal): Promise<Response> {
        return super.post(path, body, signal?.aborted ? undefined : signal)
      }
    },
  },
  {
    fault: 'cannot be aborted while it waits',
    foundBy: 'abort-while-waiting',
    driver: class extends AcmeDriver {
      protected override async post(path: string, body: JsonObject, signal?: AbortSignal): Promise<Response> {
        signal?.throwIfAborted()
        const controller = new AbortController()
        const response = await super.post(path, body, controller.signal)
        signal?.addEventListener('abort', () => controller.abort())
        return response
      }
    },
  },
  {
    fault: 'cannot be aborted while a body comes',
    foundBy: 'abort-in-body',
    driver: class extends AcmeDriver {
      override async respond(request: ModelRequest): Promise<DriverResponse> {
        const { signal, leave } = following(request.signal)
        this.#leave = leave
        return super.respond({ ...request, signal })
      }

      #leave = (): void => undefined

      protected override readBody(response: Response): Promise<AcmeAnswer> {
        this.#leave()
        return super.readBody(response)
      }
    },
  },
  {
    fault: 'ignores an abort while it streams',
    foundBy: 'abort-in-stream',
    driver: class extends AcmeDriver {
      override async *events(request: ModelRequest): Events {
        const { signal, leave } = following(request.signal)
        this.#leave = leave
        yield* super.events({ ...request, signal })
      }

      #leave = (): void => undefined

      protected override decode(body: AsyncIterable<Uint8Array>): AsyncGenerator<AcmeEvent> {
        this.#leave()
        return super.decode(body)
      }
    },
  },
  {
    fault: 'waits for the rest when its reader leaves',
    foundBy: 'break-aborts',
    driver: class extends AcmeDriver {
      override events(request: ModelRequest): Events {
        const events = super.events(request)
        let ended = false
        const next = events.next.bind(events)
        const leave = events.return.bind(events)
        return Object.assign(events, {
          async next() {
            const result = await next().catch((error: unknown) => {
              ended = true
              throw error
            })
            ended ||= result.done === true || result.value.type === 'finish'
            return result
          },
          return: () => (ended ? leave() : new Promise<never>(() => undefined)),
        })
      }
    },
  },
  {
    fault: 'fails the next call after a stream that was left',
    foundBy: 'works-after-abort',
    driver: class extends AcmeDriver {
      #left = false

      override async respond(request: ModelRequest): Promise<DriverResponse> {
        const left = this.#left
        this.#left = false
        if (left) throw new Error('The connection is in an unknown state')
        return super.respond(request)
      }

      override async *events(request: ModelRequest): Events {
        let ended = false
        try {
          for await (const event of super.events(request)) {
            ended = event.type === 'finish'
            yield event
          }
        } finally {
          this.#left = !ended && request.signal?.aborted === true
        }
      }
    },
  },
  {
    fault: 'shuts down when the signal of an old call is aborted',
    foundBy: 'abort-after',
    driver: class extends AcmeDriver {
      #down = false

      override async respond(request: ModelRequest): Promise<DriverResponse> {
        if (this.#down) throw new Error('The driver is closed')
        const response = await super.respond(request)
        request.signal?.addEventListener('abort', () => (this.#down = true))
        return response
      }
    },
  },
  {
    fault: 'aborts all its calls with one',
    foundBy: 'abort-is-its-own',
    driver: class extends AcmeDriver {
      #all = new AbortController()

      protected override post(path: string, body: JsonObject, signal?: AbortSignal): Promise<Response> {
        signal?.throwIfAborted()
        signal?.addEventListener('abort', () => {
          this.#all.abort()
          this.#all = new AbortController()
        })
        return super.post(path, body, this.#all.signal)
      }
    },
  },
  {
    fault: 'keeps its answer where the next call puts its own',
    foundBy: 'concurrent-calls',
    driver: class extends AcmeDriver {
      #answer: AcmeAnswer = {}

      protected override async readBody(response: Response): Promise<AcmeAnswer> {
        this.#answer = await super.readBody(response)
        await setImmediate()
        return this.#answer
      }
    },
  },
  {
    fault: 'mixes two streams',
    foundBy: 'concurrent-streams',
    driver: class extends AcmeDriver {
      #held = ''

      protected override async *texts(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
        this.#held = ''
        for await (const text of super.texts(body)) {
          this.#held += text
          const whole = this.#held.lastIndexOf('\n') + 1
          yield this.#held.slice(0, whole)
          this.#held = this.#held.slice(whole)
        }
      }
    },
  },
  {
    fault: 'leaves a timer',
    foundBy: 'no-timer-left',
    driver: class extends AcmeDriver {
      override respond(request: ModelRequest): Promise<DriverResponse> {
        setTimeout(() => undefined, 20_000)
        return super.respond(request)
      }
    },
  },
  {
    fault: 'leaves a connection',
    foundBy: 'no-socket-left',
    driver: class extends AcmeDriver {
      protected override post(path: string, body: JsonObject, signal?: AbortSignal): Promise<Response> {
        connect(Number(new URL(this.target.url).port), '127.0.0.1').on('error', () => undefined)
        return super.post(path, body, signal)
      }
    },
  },
  {
    fault: 'puts the key into the address',
    foundBy: 'key-in-header-only',
    driver: class extends AcmeDriver {
      protected override post(path: string, body: JsonObject, signal?: AbortSignal): Promise<Response> {
        return super.post(`${path}?key=${encodeURIComponent(this.target.apiKey)}`, body, signal)
      }
    },
  },
  {
    fault: 'does not tell core its key',
    foundBy: 'no-key-in-errors',
    driver: class extends AcmeDriver {
      override secrets(): string[] {
        return []
      }
    },
  },
  {
    fault: 'records how it was authorised, in base64',
    foundBy: 'no-key-in-responses',
    driver: class extends AcmeDriver {
      protected override assemble(answer: AcmeAnswer, response: Response, sent: Sent, raw: JsonValue): DriverResponse {
        const right = super.assemble(answer, response, sent, raw)
        return { ...right, served: { ...right.served, route: `Basic ${btoa(`user:${this.target.apiKey}`)}` } }
      }
    },
  },
  {
    fault: 'tells its key in info()',
    foundBy: 'no-key-in-info',
    driver: class extends AcmeDriver {
      override info(): ModelInfo {
        const address = `${this.target.url}?key=${encodeURIComponent(this.target.apiKey)}`
        return { ...super.info(), extra: { address } }
      }
    },
  },
  {
    fault: 'leaks the key to whoever prints it',
    foundBy: 'no-key-in-objects',
    driver: class extends AcmeDriver {
      readonly settings: Target

      constructor(target: Target) {
        super(target)
        this.settings = target
      }
    },
  },
])

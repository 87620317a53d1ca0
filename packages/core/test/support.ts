import { InsideLLMsError } from '../src/insidellms-error.ts'
import type { DriverEvent, DriverResponse, ModelDriver, ModelRequest } from '../src/model-driver.ts'
import { portableOptions } from '../src/portable-options.ts'

export function answer(text: string, more: Partial<DriverResponse> = {}): DriverResponse {
  return { parts: [{ type: 'text', text }], finish: { kind: 'stop', raw: 'stop' }, served: { model: 'm-1' }, ...more }
}

/** A driver that answers "ok" unless told otherwise, and remembers what it was asked. */
export function fakeDriver(parts: Partial<ModelDriver> = {}): ModelDriver & { requests: ModelRequest[] } {
  const requests: ModelRequest[] = []
  const { respond = async () => answer('ok'), events, ...others } = parts
  return {
    specVersion: 1,
    supports: portableOptions,
    info: () => ({
      name: 'fake',
      provider: 'fake',
      modelId: 'm',
      maxTokens: null,
      supportsStreaming: events !== undefined,
      supportsChat: true,
      extra: {},
    }),
    respond(request) {
      requests.push(request)
      return respond(request)
    },
    ...(events && {
      events(request: ModelRequest) {
        requests.push(request)
        return events(request)
      },
    }),
    ...others,
    requests,
  }
}

/** Streams the texts one by one, then finishes; `undefined` in the list waits until the signal aborts. */
export function streaming(...texts: string[]): (request: ModelRequest) => AsyncIterable<DriverEvent> {
  return async function* () {
    for (const text of texts) yield { type: 'text', text }
    yield { type: 'finish', response: answer(texts.join('')) }
  }
}

/** Never settles, and ignores every signal. */
export const never: Promise<never> = new Promise<never>(() => undefined)

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of source) all.push(one)
  return all
}

/** What a call ends with: the error, which must be ours. */
export async function failure(call: () => unknown): Promise<InsideLLMsError> {
  try {
    await call()
  } catch (error) {
    if (InsideLLMsError.isInstance(error)) return error
    throw new Error('expected an InsideLLMsError', { cause: error })
  }
  throw new Error('expected a failure')
}

/** Unhandled rejections while `run` runs and just after it. */
export async function unhandledRejections(run: () => Promise<unknown>): Promise<unknown[]> {
  const seen: unknown[] = []
  const note = (reason: unknown): void => void seen.push(reason)
  process.on('unhandledRejection', note)
  try {
    await run()
    await new Promise((resolve) => setTimeout(resolve, 5))
  } finally {
    process.off('unhandledRejection', note)
  }
  return seen
}

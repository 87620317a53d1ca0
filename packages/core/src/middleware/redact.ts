import { cleanCause } from '../clean-cause.ts'
import { InsideLLMsError } from '../insidellms-error.ts'
import { mapFinish } from '../map-finish.ts'
import type { Middleware } from '../model-driver.ts'
import type { ModelResponse } from '../model-response.ts'
import { redactText } from '../redact-text.ts'

export interface RedactOptions {
  /** Texts to remove, plain, base64 or URL-encoded. The driver's own keys are always among them. */
  secrets?: readonly string[]
  /** Response headers to leave out, beside cookies. Default: none. */
  headers?: readonly string[]
}

/**
 * Keeps secrets out of what is recorded: `request`, `raw`, `http`, `ledger`, and the messages and causes of errors. It
 * leaves the answer itself alone, because a changed answer would be another measurement.
 */
export function redact(options: RedactOptions = {}): Middleware {
  const dropped = new Set((options.headers ?? []).map((name) => name.toLowerCase()))
  return (driver) => {
    const secrets = (): string[] => [...(options.secrets ?? []), ...(driver.secrets?.() ?? [])]
    const clean = (response: ModelResponse): ModelResponse => {
      const { request, raw, http, ledger } = response
      const hidden = secrets()
      return {
        ...response,
        ledger: redactJson(ledger, hidden),
        ...(request !== undefined && { request: redactJson(request, hidden) }),
        ...(raw !== undefined && { raw: redactJson(raw, hidden) }),
        ...(http !== undefined && {
          http: {
            status: http.status,
            headers: Object.fromEntries(
              Object.entries(redactJson(http.headers, hidden)).filter(([name]) => !dropped.has(name)),
            ),
          },
        }),
      }
    }
    const fail = (error: unknown): never => {
      throw cleanError(error, secrets())
    }
    return {
      ...driver,
      secrets,
      respond: (request) => driver.respond(request).then(clean, fail),
      events(request) {
        const inner = mapFinish(() => driver.events(request), clean)
        return {
          [Symbol.asyncIterator]() {
            return this
          },
          next: () => inner.next().catch(fail),
          return: async () => (await inner.return?.()) ?? { done: true, value: undefined },
        }
      },
    }
  }
}

function cleanError(error: unknown, secrets: readonly string[]): unknown {
  if (!InsideLLMsError.isInstance(error)) return cleanCause(error, secrets)
  const message = redactText(error.message, secrets)
  const cause = cleanCause(error.cause, secrets)
  return message === error.message && cause === error.cause
    ? error
    : new InsideLLMsError(error.code, message, { ...error, cause })
}

/** The value itself where it is clean; a secret can also hide in a key. */
function redactJson<T>(value: T, secrets: readonly string[]): T {
  if (typeof value === 'string') return redactText(value, secrets) as T
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((inner: unknown) => redactJson(inner, secrets)) as T
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [redactText(key, secrets), redactJson(inner, secrets)]),
  ) as T
}

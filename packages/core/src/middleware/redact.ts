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
 * Keeps secrets out of what is recorded: `request`, `raw`, `http`, and the messages of errors. It leaves the answer
 * itself alone, because a changed answer would be another measurement.
 */
export function redact(options: RedactOptions = {}): Middleware {
  const dropped = new Set((options.headers ?? []).map((name) => name.toLowerCase()))
  return (driver) => {
    const secrets = [...(options.secrets ?? []), ...(driver.secrets?.() ?? [])]
    const clean = (response: ModelResponse): ModelResponse => {
      const { request, raw, http } = response
      return {
        ...response,
        ...(request !== undefined && { request: redactJson(request, secrets) }),
        ...(raw !== undefined && { raw: redactJson(raw, secrets) }),
        ...(http !== undefined && {
          http: {
            status: http.status,
            headers: Object.fromEntries(
              Object.entries(redactJson(http.headers, secrets)).filter(([name]) => !dropped.has(name)),
            ),
          },
        }),
      }
    }
    const cleanError = (error: unknown): unknown => {
      if (!InsideLLMsError.isInstance(error)) return error
      const message = redactText(error.message, secrets)
      return message === error.message ? error : new InsideLLMsError(error.code, message, { ...error })
    }
    return {
      ...driver,
      respond: (request) => driver.respond(request).then(clean, (error: unknown) => Promise.reject(cleanError(error))),
      events(request) {
        const inner = mapFinish(() => driver.events(request), clean)
        return {
          [Symbol.asyncIterator]() {
            return this
          },
          next: () => inner.next().catch((error: unknown) => Promise.reject(cleanError(error))),
          return: async () => (await inner.return?.()) ?? { done: true, value: undefined },
        }
      },
    }
  }
}

/** Redacts the serialised text: a secret can also hide in a key, or across escapes. */
function redactJson<T>(value: T, secrets: readonly string[]): T {
  const text = JSON.stringify(value)
  const escaped = secrets.map((secret) => JSON.stringify(secret).slice(1, -1))
  const clean = redactText(text, [...secrets, ...escaped])
  return clean === text ? value : (JSON.parse(clean) as T)
}

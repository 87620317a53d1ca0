import type { HttpFacts } from './model-response.ts'

/** A response's status and headers as data, without cookies: they identify a session. */
export function httpFacts(response: { status: number; headers: Headers }): HttpFacts {
  const headers: Record<string, string> = {}
  for (const [name, value] of response.headers) if (name !== 'set-cookie') headers[name] = value
  return { status: response.status, headers }
}

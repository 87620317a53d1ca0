import type { InsideLLMsErrorCode } from '@insidellms/core'

/** What each HTTP status means at every vendor. */
export const statusCodes: Readonly<Record<number, InsideLLMsErrorCode>> = {
  400: 'invalid_request',
  401: 'auth',
  403: 'auth',
  404: 'not_found',
  408: 'timeout',
  409: 'server',
  413: 'invalid_request',
  422: 'invalid_request',
  429: 'rate_limited',
  500: 'server',
  502: 'server',
  503: 'server',
  529: 'server',
}

export const errorStatuses: readonly number[] = Object.keys(statusCodes).map(Number)

/** Those that asking again can help. */
export const passingStatuses: readonly number[] = [408, 409, 429, 500, 502, 503, 529]

import type { JsonObject } from '../json.ts'

/** As much of the openai package as posting takes, so that core need not import it. */
export interface OpenAISdk {
  client: {
    buildRequest(options: {
      method: 'post'
      path: string
      body: JsonObject
      stream: boolean
    }): Promise<{ url: string; req: RequestInit }>
  }
  APIError: { generate(status: number, body: object, message: string | undefined, headers: Headers): Error }
}

/**
 * Posts a body and gives the response unread. The SDK builds the request: address, credentials, headers. It does not send
 * it: with retries, timeout and log switched off, what its own sending still does takes a third of a whole call.
 *
 * @throws the SDK's `APIError` for the status of a failure, and whatever `carry` throws.
 */
export async function postWithSdk(
  { client, APIError }: OpenAISdk,
  carry: typeof fetch,
  request: { path: string; body: JsonObject; signal: AbortSignal | undefined },
): Promise<Response> {
  const { path, body, signal } = request
  const { url, req } = await client.buildRequest({ method: 'post', path, body, stream: body['stream'] === true })
  const response = await carry(url, { ...req, ...(signal && { signal }) })
  if (response.ok) return response
  // A failure whose body breaks off is still one, and its status says which.
  const text = await response.text().catch(String)
  const given = parseObject(text)
  // Some servers leave the `error` around their error away.
  const failure = given === undefined || given['error'] == null ? { error: given } : given
  throw APIError.generate(response.status, failure, given === undefined ? text : undefined, response.headers)
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

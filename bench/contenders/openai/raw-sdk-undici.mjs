import OpenAI from 'openai'
import { Pool } from 'undici'
import { callWith } from '../../lib/openai-sdk.mjs'

/** @param {string} origin */
export function connect(origin) {
  const pool = new Pool(origin, { connections: 256 })
  return callWith(new OpenAI({ apiKey: 'none', baseURL: `${origin}/v1`, fetch: fetchOn(pool) }))
}

/**
 * The least that the SDK takes for a `fetch`; not fit for real use.
 *
 * @param {Pool} pool
 * @returns {typeof fetch}
 */
function fetchOn(pool) {
  return async (input, init) => {
    const { pathname, search } = new URL(String(input))
    /** @type {import('undici').Dispatcher.RequestOptions} */
    const request = {
      path: pathname + search,
      method: 'POST',
      headers: Object.fromEntries(new Headers(init?.headers)),
      body: String(init?.body),
      signal: init?.signal ?? null,
    }
    const { statusCode, headers, body } = await pool.request(request)
    const response = {
      status: statusCode,
      ok: statusCode < 300,
      headers: new Headers(/** @type {Record<string, string>} */ (headers)),
      body,
      json: () => body.json(),
      text: () => body.text(),
    }
    return /** @type {Response} */ (/** @type {unknown} */ (response))
  }
}

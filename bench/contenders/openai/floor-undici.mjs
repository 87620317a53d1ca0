import { Pool } from 'undici'

/** @param {string} origin */
export function connect(origin) {
  const pool = new Pool(origin, { connections: 256 })
  /** @param {object} body */
  const post = async (body) => {
    const response = await pool.request({
      path: '/v1/chat/completions',
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer none' },
      body: JSON.stringify({ model: 'gpt-4o-mini', ...body }),
    })
    return response.body
  }
  return {
    /** @param {string} prompt */
    async call(prompt) {
      const body = await post({ messages: [{ role: 'user', content: prompt }] })
      const completion = /** @type {any} */ (await body.json())
      return completion.choices[0].message.content
    },
    /** @param {string} prompt */
    async stream(prompt) {
      const body = await post({ messages: [{ role: 'user', content: prompt }], stream: true })
      body.setEncoding('utf8')
      let pieces = 0
      let rest = ''
      for await (const text of body) {
        const events = (rest + text).split('\n\n')
        rest = events.pop() ?? ''
        for (const event of events)
          if (event !== 'data: [DONE]' && JSON.parse(event.slice(6)).choices[0]?.delta.content) pieces++
      }
      return pieces
    },
  }
}

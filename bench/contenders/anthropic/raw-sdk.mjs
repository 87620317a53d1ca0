import Anthropic from '@anthropic-ai/sdk'

/** @param {string} origin */
export function connect(origin) {
  const anthropic = new Anthropic({ apiKey: 'none', baseURL: origin })
  const settings = { model: 'claude-bench', max_tokens: 1024 }
  return {
    /** @param {string} prompt */
    async call(prompt) {
      const message = await anthropic.messages.create({ ...settings, messages: [{ role: 'user', content: prompt }] })
      return message.content[0]?.type === 'text' ? message.content[0].text : ''
    },
    /** @param {string} prompt */
    async stream(prompt) {
      const stream = await anthropic.messages.create({
        ...settings,
        messages: [{ role: 'user', content: prompt }],
        stream: true,
      })
      let pieces = 0
      for await (const event of stream)
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') pieces++
      return pieces
    },
  }
}

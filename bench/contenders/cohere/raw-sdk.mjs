import { CohereClientV2 } from 'cohere-ai'

/** @param {string} origin */
export function connect(origin) {
  const cohere = new CohereClientV2({ token: 'none-needed', environment: origin })
  const model = 'command-bench'
  return {
    /** @param {string} prompt */
    async call(prompt) {
      const { message } = await cohere.chat({ model, messages: [{ role: 'user', content: prompt }] })
      const [content] = message?.content ?? []
      return content?.type === 'text' ? content.text : ''
    },
    /** @param {string} prompt */
    async stream(prompt) {
      const stream = await cohere.chatStream({ model, messages: [{ role: 'user', content: prompt }] })
      let pieces = 0
      for await (const event of stream)
        if (event.type === 'content-delta' && event.delta?.message?.content?.text) pieces++
      return pieces
    },
  }
}

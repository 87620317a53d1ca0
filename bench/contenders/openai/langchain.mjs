import { ChatOpenAI } from '@langchain/openai'

/** @param {string} origin */
export function connect(origin) {
  const model = new ChatOpenAI({
    model: 'gpt-4o-mini',
    apiKey: 'none',
    configuration: { baseURL: `${origin}/v1` },
    useResponsesApi: false,
  })
  return {
    /** @param {string} prompt */
    async call(prompt) {
      const message = await model.invoke(prompt)
      return String(message.content)
    },
    /** @param {string} prompt */
    async stream(prompt) {
      let pieces = 0
      for await (const chunk of await model.stream(prompt)) if (chunk.content !== '') pieces++
      return pieces
    },
  }
}

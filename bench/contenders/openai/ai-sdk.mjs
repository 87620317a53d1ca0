import { createOpenAI } from '@ai-sdk/openai'
import { generateText, streamText } from 'ai'

/** @param {string} origin */
export function connect(origin) {
  const model = createOpenAI({ apiKey: 'none', baseURL: `${origin}/v1` }).chat('gpt-4o-mini')
  return {
    /** @param {string} prompt */
    async call(prompt) {
      const { text } = await generateText({ model, prompt })
      return text
    },
    /** @param {string} prompt */
    async stream(prompt) {
      let pieces = 0
      for await (const text of streamText({ model, prompt }).textStream) if (text !== '') pieces++
      return pieces
    },
  }
}

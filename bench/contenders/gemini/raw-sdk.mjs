import { GoogleGenAI } from '@google/genai'

/** @param {string} origin */
export function connect(origin) {
  const { models } = new GoogleGenAI({
    apiKey: 'none-needed',
    vertexai: false,
    httpOptions: { baseUrl: origin, apiVersion: 'v1beta' },
  })
  const model = 'gemini-bench'
  return {
    /** @param {string} prompt */
    async call(prompt) {
      return (await models.generateContent({ model, contents: prompt })).text ?? ''
    },
    /** @param {string} prompt */
    async stream(prompt) {
      let pieces = 0
      for await (const chunk of await models.generateContentStream({ model, contents: prompt }))
        if (chunk.text) pieces++
      return pieces
    },
  }
}

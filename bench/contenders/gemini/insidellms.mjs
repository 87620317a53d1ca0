import { GeminiModel } from '@insidellms/provider-google'

/** @param {string} origin */
export function connect(origin) {
  const model = new GeminiModel({ modelName: 'gemini-bench', apiKey: 'none-needed', baseUrl: origin })
  return {
    /** @param {string} prompt */
    call: (prompt) => model.generate(prompt),
    /** @param {string} prompt */
    async stream(prompt) {
      let pieces = 0
      for await (const text of model.stream(prompt)) if (text !== '') pieces++
      return pieces
    },
  }
}

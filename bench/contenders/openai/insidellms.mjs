import { OpenAIModel } from '@insidellms/provider-openai'

/** @param {string} origin */
export function connect(origin) {
  const model = new OpenAIModel({ modelName: 'gpt-4o-mini', apiKey: 'none', baseUrl: `${origin}/v1` })
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

import { OllamaModel } from '@insidellms/provider-ollama'

/** @param {string} origin */
export function connect(origin) {
  const model = new OllamaModel({ modelName: 'bench', baseUrl: origin })
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

import { AnthropicModel } from '@insidellms/provider-anthropic'

/** @param {string} origin */
export function connect(origin) {
  const model = new AnthropicModel({
    modelName: 'claude-bench',
    apiKey: 'none-needed',
    maxTokens: 1024,
    baseUrl: origin,
  })
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

import { Ollama } from 'ollama'

/** @param {string} origin */
export function connect(origin) {
  const ollama = new Ollama({ host: origin })
  return {
    /** @param {string} prompt */
    async call(prompt) {
      return (await ollama.chat({ model: 'bench', messages: [{ role: 'user', content: prompt }] })).message.content
    },
    /** @param {string} prompt */
    async stream(prompt) {
      let pieces = 0
      const stream = await ollama.chat({ model: 'bench', messages: [{ role: 'user', content: prompt }], stream: true })
      for await (const part of stream) if (part.message.content !== '') pieces++
      return pieces
    },
  }
}

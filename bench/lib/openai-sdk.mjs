const model = 'gpt-4o-mini'

/**
 * The raw openai SDK as its readme uses it.
 *
 * @param {import('openai').OpenAI} openai
 * @returns {import('../workers/contender.mjs').Client}
 */
export function callWith(openai) {
  return {
    async call(prompt) {
      const completion = await openai.chat.completions.create({ model, messages: [{ role: 'user', content: prompt }] })
      return completion.choices[0]?.message.content ?? ''
    },
    async stream(prompt) {
      const stream = await openai.chat.completions.create({
        model,
        messages: [{ role: 'user', content: prompt }],
        stream: true,
        stream_options: { include_usage: true },
      })
      let pieces = 0
      for await (const chunk of stream) if (chunk.choices[0]?.delta.content) pieces++
      return pieces
    },
  }
}

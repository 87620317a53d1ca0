import { chatCompletionsWire, sse, type VendorWire } from '@insidellms/conformance'

/**
 * TGI's bytes where they differ from OpenAI's: a stream ends with the chunk that has the finish reason, and the usage is
 * in it. Source: https://huggingface.co/docs/text-generation-inference/messages_api
 */
export const huggingFaceWire: VendorWire = {
  ...chatCompletionsWire,
  answer(answer, request) {
    const reply = chatCompletionsWire.answer(answer, request)
    if (!reply.headers['content-type']?.startsWith('text/event-stream')) return reply
    const chunks = reply.chunks.map(String).filter((chunk) => !chunk.includes('[DONE]'))
    const events = chunks.map((chunk) => JSON.parse(chunk.replace(/^data: /, '')) as { usage?: unknown; choices: [] })
    const usage = events.find((event) => event.choices.length === 0)?.usage
    const rest = events.filter((event) => event.choices.length > 0)
    return sse([...rest.slice(0, -1), { ...rest.at(-1), ...(usage !== undefined && { usage }) }], {
      headers: reply.headers,
    })
  },
}

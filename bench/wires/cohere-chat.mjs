// Cohere v2 chat: https://docs.cohere.com/reference/chat and /chat-stream
import { sse, words } from './wire.mjs'

const usage = { billed_units: { input_tokens: 21, output_tokens: 8 }, tokens: { input_tokens: 21, output_tokens: 8 } }

/** @type {import('./wire.mjs').Wire} */
export const cohereChat = {
  matches: (path) => path.endsWith('/v2/chat'),
  wantsStream: (_path, body) => body.includes('"stream":true'),
  answer: (text) => ({
    id: 'bench',
    finish_reason: 'COMPLETE',
    message: { role: 'assistant', content: [{ type: 'text', text }] },
    usage,
  }),
  stream: (chunks) =>
    [
      {
        id: 'bench',
        type: 'message-start',
        delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } },
      },
      { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: '' } } } },
      ...words(chunks).map((text) => ({ type: 'content-delta', index: 0, delta: { message: { content: { text } } } })),
      { type: 'content-end', index: 0 },
      { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage } },
    ].map((event) => sse(event, event.type)),
}

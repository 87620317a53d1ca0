// Anthropic messages: https://docs.anthropic.com/en/api/messages
import { sse, words } from './wire.mjs'

const message = {
  id: 'msg_bench',
  type: 'message',
  role: 'assistant',
  model: 'claude-bench-1',
  stop_sequence: null,
}
const usage = { input_tokens: 21, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 8 }

/** @type {import('./wire.mjs').Wire} */
export const anthropicMessages = {
  matches: (path) => path.endsWith('/v1/messages'),
  wantsStream: (_path, body) => body.includes('"stream":true'),
  answer: (text) => ({ ...message, content: [{ type: 'text', text }], stop_reason: 'end_turn', usage }),
  stream: (chunks) =>
    [
      { type: 'message_start', message: { ...message, content: [], stop_reason: null, usage } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      ...words(chunks).map((text) => ({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'text_delta', text },
      })),
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 8 } },
      { type: 'message_stop' },
    ].map((event) => sse(event, event.type)),
}

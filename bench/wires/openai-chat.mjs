// OpenAI chat completions: https://platform.openai.com/docs/api-reference/chat
import { sse, words } from './wire.mjs'

const model = 'gpt-4o-mini-2024-07-18'
const usage = {
  prompt_tokens: 21,
  completion_tokens: 8,
  total_tokens: 29,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
}
const common = { id: 'chatcmpl-bench', created: 1_764_000_000, model, service_tier: 'default' }

/** @type {import('./wire.mjs').Wire} */
export const openaiChat = {
  matches: (path) => path.endsWith('/chat/completions'),
  wantsStream: (_path, body) => body.includes('"stream":true'),
  answer: (text) => ({
    ...common,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage,
    system_fingerprint: 'fp_bench',
  }),
  stream: (chunks) => [
    sse(chunk({ role: 'assistant', content: '', refusal: null }, null)),
    ...words(chunks).map((content) => sse(chunk({ content }, null))),
    sse(chunk({}, 'stop')),
    sse({ ...common, object: 'chat.completion.chunk', system_fingerprint: 'fp_bench', choices: [], usage }),
    'data: [DONE]\n\n',
  ],
}

/**
 * @param {object} delta
 * @param {string | null} finishReason
 */
function chunk(delta, finishReason) {
  return {
    ...common,
    object: 'chat.completion.chunk',
    system_fingerprint: 'fp_bench',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
  }
}

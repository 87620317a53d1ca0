// OpenAI responses: https://platform.openai.com/docs/api-reference/responses
import { sse, words } from './wire.mjs'

const itemId = 'msg_bench'
const usage = {
  input_tokens: 21,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 8,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 29,
}

/** @type {import('./wire.mjs').Wire} */
export const openaiResponses = {
  matches: (path) => path.endsWith('/responses'),
  wantsStream: (_path, body) => body.includes('"stream":true'),
  answer: (text) => response('completed', [message('completed', text)], usage),
  stream(chunks) {
    const deltas = words(chunks)
    const text = deltas.join('')
    const place = { item_id: itemId, output_index: 0, content_index: 0 }
    return [
      { type: 'response.created', response: response('in_progress', [], null) },
      { type: 'response.in_progress', response: response('in_progress', [], null) },
      { type: 'response.output_item.added', output_index: 0, item: message('in_progress', null) },
      { type: 'response.content_part.added', ...place, part: textPart('') },
      ...deltas.map((delta) => ({ type: 'response.output_text.delta', ...place, delta, logprobs: [] })),
      { type: 'response.output_text.done', ...place, text, logprobs: [] },
      { type: 'response.content_part.done', ...place, part: textPart(text) },
      { type: 'response.output_item.done', output_index: 0, item: message('completed', text) },
      { type: 'response.completed', response: response('completed', [message('completed', text)], usage) },
    ].map((event, index) => sse({ ...event, sequence_number: index }, event.type))
  },
}

/** @param {string} text */
function textPart(text) {
  return { type: 'output_text', text, annotations: [], logprobs: [] }
}

/**
 * @param {string} status
 * @param {string | null} text
 */
function message(status, text) {
  return { id: itemId, type: 'message', status, role: 'assistant', content: text === null ? [] : [textPart(text)] }
}

/**
 * @param {string} status
 * @param {object[]} output
 * @param {object | null} tokens
 */
function response(status, output, tokens) {
  return {
    id: 'resp_bench',
    object: 'response',
    created_at: 1_764_000_000,
    status,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model: 'gpt-4o-mini-2024-07-18',
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: true,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    usage: tokens,
    metadata: {},
  }
}

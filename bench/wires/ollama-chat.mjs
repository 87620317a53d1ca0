// Ollama chat: https://github.com/ollama/ollama/blob/main/docs/api.md
import { words } from './wire.mjs'

const model = { model: 'bench', created_at: '2026-11-24T00:00:00Z' }
const end = { done: true, done_reason: 'stop', prompt_eval_count: 21, eval_count: 8 }

/** @type {import('./wire.mjs').Wire} */
export const ollamaChat = {
  matches: (path) => path.endsWith('/api/chat'),
  wantsStream: (_path, body) => body.includes('"stream":true'),
  answer: (content) => ({ ...model, message: { role: 'assistant', content }, ...end }),
  stream: (chunks) =>
    [
      ...words(chunks).map((content) => ({ ...model, message: { role: 'assistant', content }, done: false })),
      { ...model, message: { role: 'assistant', content: '' }, ...end },
    ].map((line) => `${JSON.stringify(line)}\n`),
  streamType: 'application/x-ndjson',
}

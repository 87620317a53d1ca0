// Gemini generateContent: https://ai.google.dev/api/generate-content
import { sse, words } from './wire.mjs'

const facts = { modelVersion: 'gemini-bench-1', responseId: 'resp_bench' }
const usageMetadata = { promptTokenCount: 21, candidatesTokenCount: 8, totalTokenCount: 29 }

/**
 * @param {string} text
 * @param {object} [more]
 */
function candidate(text, more) {
  return { content: { role: 'model', parts: text === '' ? [] : [{ text }] }, index: 0, ...more }
}

/** @type {import('./wire.mjs').Wire} */
export const geminiGenerateContent = {
  matches: (path) => /:(g|streamG)enerateContent$/.test(path),
  wantsStream: (path) => path.endsWith(':streamGenerateContent'),
  answer: (text) => ({ candidates: [candidate(text, { finishReason: 'STOP' })], usageMetadata, ...facts }),
  stream: (chunks) =>
    [
      ...words(chunks).map((text) => ({ candidates: [candidate(text)], ...facts })),
      { candidates: [candidate('', { finishReason: 'STOP' })], usageMetadata, ...facts },
    ].map((event) => sse(event)),
}

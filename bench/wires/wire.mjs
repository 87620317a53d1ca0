/**
 * How one vendor answers. The server knows nothing else of vendors: another one is another file beside this.
 *
 * @typedef {object} Wire
 * @property {(path: string) => boolean} matches
 * @property {(path: string, body: string) => boolean} wantsStream
 * @property {(text: string) => object} answer The whole answer, for a call that does not stream.
 * @property {(chunks: number) => string[]} stream The events of an answer in this many text chunks, as bytes on the wire.
 * @property {string} [streamType] Content type of a stream. Default: `text/event-stream`.
 */

/**
 * Answers differ, as a model's do: whoever keeps what was worked out for an earlier one must gain nothing by it.
 *
 * @param {number} number
 */
export function answerText(number) {
  return `${answerStart}, and has been for ${number} years.`
}

export const answerStart = 'Paris is the capital of France'

const someWords = ['Paris', ' is', ' the', ' capital', ' of', ' France', ',', ' and']

/**
 * @param {number} count
 * @returns {string[]}
 */
export function words(count) {
  return Array.from({ length: count }, (_, index) => someWords[index % someWords.length] ?? '')
}

/**
 * One server-sent event.
 *
 * @param {object} data
 * @param {string} [event]
 */
export function sse(data, event) {
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`
}

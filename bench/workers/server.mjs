// A server that costs as little as it can, in a process of its own: what a contender waits for should be the contender.
// The parent sets how the next streams look, because a URL is the contender's affair.
import { createServer } from 'node:http'
import { anthropicMessages } from '../wires/anthropic-messages.mjs'
import { cohereChat } from '../wires/cohere-chat.mjs'
import { geminiGenerateContent } from '../wires/gemini-generate-content.mjs'
import { ollamaChat } from '../wires/ollama-chat.mjs'
import { openaiChat } from '../wires/openai-chat.mjs'
import { openaiResponses } from '../wires/openai-responses.mjs'
import { answerTo } from '../lib/child.mjs'
import { answerText } from '../wires/wire.mjs'

/**
 * @typedef {object} StreamShape
 * @property {number} chunks Text chunks in each stream.
 * @property {boolean} paced One event a packet, as from a model at work; else all events as fast as the socket takes them.
 */

/** @type {StreamShape} */
let shape = { chunks: 20, paced: false }

const vendors = [openaiChat, openaiResponses, anthropicMessages, geminiGenerateContent, cohereChat, ollamaChat].map(
  (wire) => {
    /** @type {Map<number, Buffer[]>} */
    const streams = new Map()
    return {
      ...wire,
      answers: Array.from({ length: 5000 }, (_, number) =>
        Buffer.from(JSON.stringify(wire.answer(answerText(number)))),
      ),
      asked: 0,
      /** @param {number} chunks */
      events(chunks) {
        const events = streams.get(chunks) ?? wire.stream(chunks).map((event) => Buffer.from(event))
        streams.set(chunks, events)
        return events
      },
    }
  },
)

const server = createServer({ noDelay: true }, (request, response) => {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (text) => (body += text))
  request.on('end', () => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const vendor = vendors.find(({ matches }) => matches(path))
    if (vendor === undefined) return response.writeHead(404).end()
    if (!vendor.wantsStream(path, body)) {
      const answer = vendor.answers[vendor.asked++ % vendor.answers.length]
      response.writeHead(200, { ...headers('application/json'), 'content-length': answer?.length })
      return response.end(answer)
    }
    response.writeHead(200, headers(vendor.streamType ?? 'text/event-stream; charset=utf-8'))
    const events = vendor.events(shape.chunks)
    if (shape.paced) return writePaced(response, events, 0)
    for (const event of events) response.write(event)
    return response.end()
  })
})

/** @param {string} type */
function headers(type) {
  return { 'content-type': type, 'x-request-id': 'req_bench', 'request-id': 'req_bench' }
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {Buffer[]} events
 * @param {number} index
 */
function writePaced(response, events, index) {
  if (response.destroyed) return
  const event = events[index]
  if (event === undefined) response.end()
  else {
    response.write(event)
    setImmediate(writePaced, response, events, index + 1)
  }
}

// Contenders take turns and keep their sockets while they wait; a closed one would look like a fault.
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', 4096, () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  answerTo({
    origin: () => `http://127.0.0.1:${port}`,
    /** @param {StreamShape} next */
    shape: (next) => void (shape = next),
  })
})

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface ChatRequest {
  model: string
  stream?: boolean
  messages: { role: string; content: string }[]
}

export interface ChatServer {
  url: string
  /** Every request in the order of arrival. */
  requests: { body: ChatRequest; authorization: string }[]
  close(): Promise<void>
}

/** What a test wants to be answered: a text, or a whole error response. */
export type ChatAnswer = string | { status: number; body: unknown; headers?: Record<string, string> }

/** An OpenAI-like server on loopback, with JSON and SSE. */
export async function chatServer(
  answer: (prompt: string, authorization: string) => ChatAnswer | Promise<ChatAnswer>,
): Promise<ChatServer> {
  const requests: ChatServer['requests'] = []
  const server: Server = createServer((incoming, outgoing) => {
    void readBody(incoming).then(async (text) => {
      const body = JSON.parse(text) as ChatRequest
      const authorization = incoming.headers.authorization ?? ''
      requests.push({ body, authorization })
      const given = await answer(body.messages.at(-1)!.content, authorization)
      if (typeof given !== 'string') json(outgoing, given.status, given.body, given.headers)
      else if (body.stream) events(outgoing, given)
      else json(outgoing, 200, completion(given, { message: { role: 'assistant', content: given } }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(() => close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, requests, close }
}

let count = 0

function completion(text: string, choice: object): object {
  return {
    id: `chatcmpl-${++count}`,
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'gpt-4o-2024-08-06',
    system_fingerprint: 'fp_server',
    choices: [{ index: 0, finish_reason: 'stop', logprobs: null, ...choice }],
    usage: { prompt_tokens: 5, completion_tokens: text.length, total_tokens: 5 + text.length },
  }
}

function json(outgoing: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  outgoing.writeHead(status, { 'content-type': 'application/json', 'x-request-id': `req_${count}`, ...headers })
  outgoing.end(JSON.stringify(body))
}

function events(outgoing: ServerResponse, text: string): void {
  outgoing.writeHead(200, { 'content-type': 'text/event-stream' })
  const chunk = (delta: object, finish: string | null): void => {
    const { choices: _choices, usage: _usage, ...rest } = completion(text, {}) as Record<string, unknown>
    outgoing.write(
      `data: ${JSON.stringify({ ...rest, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
    )
  }
  for (const piece of text.match(/\s*\S+/g) ?? []) chunk({ content: piece }, null)
  chunk({}, 'stop')
  outgoing.end('data: [DONE]\n\n')
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of incoming) text += String(chunk)
  return text
}

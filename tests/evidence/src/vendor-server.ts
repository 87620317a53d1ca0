import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What the server is asked, by either vendor's API. */
export interface Asked {
  prompt: string
  stream: boolean
  /** The process that asks, as its variable OPENAI_ORG_ID names it: in no record, and in no digest. */
  from: string
  authorization: string
}

/** A text, or a whole error response. */
export type Answer =
  | { text: string; delayMs?: number; headers?: Record<string, string>; fingerprint?: string }
  | { status: number; message: string; delayMs?: number; headers?: Record<string, string> }

/** One request in the server's log. */
export interface LogEntry extends Asked {
  status: number
  /** When the last byte of the answer went to the operating system, as `performance.now` has it. */
  answeredAt?: number
}

export interface VendorServer {
  origin: string
  log: LogEntry[]
  close(): Promise<void>
}

/** Chat completions of OpenAI and messages of Anthropic on loopback, whole and streamed, with a log of every request. */
export async function vendorServer(answer: (asked: Asked) => Answer): Promise<VendorServer> {
  const log: LogEntry[] = []
  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing, answer, log).catch(() => outgoing.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(close)
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, log, close }
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: (asked: Asked) => Answer,
  log: LogEntry[],
): Promise<void> {
  let text = ''
  for await (const chunk of incoming) text += String(chunk)
  const body = JSON.parse(text) as { stream?: boolean; model: string; messages: { content: Content }[] }
  const { headers } = incoming
  const asked: Asked = {
    prompt: textOf(body.messages.at(-1)!.content),
    stream: body.stream === true,
    from: String(headers['openai-organization'] ?? ''),
    authorization: headers.authorization ?? String(headers['x-api-key'] ?? ''),
  }
  const given = answer(asked)
  const entry: LogEntry = { ...asked, status: 'status' in given ? given.status : 200 }
  log.push(entry)
  if (given.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, given.delayMs))
  outgoing.on('finish', () => (entry.answeredAt = performance.now()))
  const anthropic = incoming.url!.endsWith('/messages')
  const id = `req_${log.length}`
  const all = { 'x-request-id': id, 'request-id': id, ...given.headers }
  if ('status' in given) {
    const error = { type: 'invalid_request_error', message: given.message }
    outgoing.writeHead(given.status, { 'content-type': 'application/json', ...all })
    outgoing.end(JSON.stringify(anthropic ? { type: 'error', error } : { error }))
  } else if (asked.stream) {
    outgoing.writeHead(200, { 'content-type': 'text/event-stream', ...all })
    outgoing.end((anthropic ? messageEvents : chatEvents)(id, given.text, given.fingerprint).join(''))
  } else {
    outgoing.writeHead(200, { 'content-type': 'application/json', ...all })
    outgoing.end(JSON.stringify((anthropic ? message : completion)(id, given.text, given.fingerprint)))
  }
}

type Content = string | { text?: string }[]

function textOf(content: Content): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text ?? '').join('')
}

function pieces(text: string): string[] {
  return text.match(/\s*\S+/g) ?? []
}

const fingerprintOfDay = 'fp_monday'

function completion(id: string, text: string, fingerprint: string = fingerprintOfDay): object {
  return {
    ...completionHead(id, fingerprint),
    object: 'chat.completion',
    choices: [{ index: 0, finish_reason: 'stop', logprobs: null, message: { role: 'assistant', content: text } }],
    usage: { prompt_tokens: 5, completion_tokens: text.length, total_tokens: 5 + text.length },
  }
}

function completionHead(id: string, fingerprint: string): object {
  return { id: `chatcmpl-${id}`, created: 1_790_000_000, model: 'gpt-4o-2024-08-06', system_fingerprint: fingerprint }
}

function chatEvents(id: string, text: string, fingerprint: string = fingerprintOfDay): string[] {
  const head = { ...completionHead(id, fingerprint), object: 'chat.completion.chunk' }
  const chunk = (delta: object, finish_reason: string | null): string =>
    `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason }] })}\n\n`
  return [...pieces(text).map((content) => chunk({ content }, null)), chunk({}, 'stop'), 'data: [DONE]\n\n']
}

function messageHead(id: string): object {
  return { id: `msg_${id}`, type: 'message', role: 'assistant', model: 'claude-opus-4-20250514' }
}

function message(id: string, text: string): object {
  return {
    ...messageHead(id),
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 5, output_tokens: text.length },
  }
}

function messageEvents(id: string, text: string): string[] {
  const event = (data: { type: string }): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
  const usage = { input_tokens: 5, output_tokens: 1 }
  const open = { ...messageHead(id), content: [], stop_reason: null, stop_sequence: null, usage }
  const end = { stop_reason: 'end_turn', stop_sequence: null }
  return [
    { type: 'message_start', message: open },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...pieces(text).map((piece) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text: piece },
    })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: end, usage: { output_tokens: text.length } },
    { type: 'message_stop' },
  ].map(event)
}

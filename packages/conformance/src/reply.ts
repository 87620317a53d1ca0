/** A piece of a body. A text goes out as UTF-8. */
export type Chunk = string | Uint8Array

/** What the scripted server answers, as plain data: it can be cut, split and slowed before it is played. */
export interface ScriptedReply {
  status: number
  headers: Record<string, string>
  /** Each chunk is one HTTP chunk. An async source can wait between chunks for something to happen in the test. */
  chunks: readonly Chunk[] | AsyncIterable<Chunk>
  /** `end`: as HTTP says. `reset`: the connection breaks. `hang`: it stays open until the client leaves. Default: `end`. */
  endWith?: 'end' | 'reset' | 'hang'
  /** Milliseconds before the status line. Default: 0. */
  firstByteMs?: number
  /** Milliseconds between two chunks. Default: 0. */
  delayMs?: number
}

export interface ReplyOptions extends Partial<Omit<ScriptedReply, 'chunks'>> {
  contentType?: string
}

/** A JSON body in one piece. */
export function json(body: unknown, options: ReplyOptions = {}): ScriptedReply {
  return text(JSON.stringify(body), { contentType: 'application/json', ...options })
}

/** A body of any other type in one piece; HTML by default, as proxies and gateways answer. */
export function text(body: string, options: ReplyOptions = {}): ScriptedReply {
  const length = String(new TextEncoder().encode(body).length)
  const reply = stream([body], { contentType: 'text/html; charset=utf-8', ...options })
  return { ...reply, headers: { 'content-length': length, ...reply.headers } }
}

/** A body in several pieces, with chunked transfer encoding. */
export function stream(chunks: ScriptedReply['chunks'], options: ReplyOptions = {}): ScriptedReply {
  const { contentType = 'text/event-stream', headers, ...rest } = options
  return { status: 200, ...rest, headers: { 'content-type': contentType, ...headers }, chunks }
}

/** Server-sent events, one chunk each; an object becomes JSON in one `data:` line. */
export function sse(events: readonly unknown[], options: ReplyOptions = {}): ScriptedReply {
  return stream(
    events.map((data) => sseEvent(data)),
    options,
  )
}

/** The bytes of one server-sent event. */
export function sseEvent(data: unknown, event?: string): string {
  const line = typeof data === 'string' ? data : JSON.stringify(data)
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${line}\n\n`
}

/** Newline-delimited JSON, one chunk a line. */
export function ndjson(lines: readonly unknown[], options: ReplyOptions = {}): ScriptedReply {
  return stream(
    lines.map((line) => `${JSON.stringify(line)}\n`),
    { contentType: 'application/x-ndjson', ...options },
  )
}

/** No answer at all: the connection breaks before the status line. */
export function noReply(): ScriptedReply {
  return { status: 0, headers: {}, chunks: [], endWith: 'reset' }
}

/** A piece of a body. A text goes out as UTF-8. */
export type Chunk = string | Uint8Array

/** What the scripted server answers. */
export interface ScriptedReply {
  status: number
  headers: Record<string, string>
  /** Each is one HTTP chunk. An async source can wait between two of them for something to happen in the test. */
  chunks: readonly Chunk[] | AsyncIterable<Chunk>
  /** `end`: as HTTP says. `reset`: the connection breaks. `hang`: it stays open until the client leaves. Default: `end`. */
  endWith?: 'end' | 'reset' | 'hang'
  /** Milliseconds before the status line. Default: 0. */
  firstByteMs?: number
  /** Milliseconds between two chunks. Default: 0. */
  delayMs?: number
}

/** A reply that is plain data, so that it can be cut, split and slowed before it is played. */
export interface WireReply extends ScriptedReply {
  chunks: readonly Chunk[]
}

export interface ReplyOptions extends Partial<Omit<ScriptedReply, 'chunks'>> {
  contentType?: string
}

/** A JSON body in one piece. */
export function json(body: unknown, options: ReplyOptions = {}): WireReply {
  return text(JSON.stringify(body), { contentType: 'application/json', ...options })
}

/** A body of any other type in one piece; HTML by default, as proxies and gateways answer. */
export function text(body: string, options: ReplyOptions = {}): WireReply {
  return stream([body], { contentType: 'text/html; charset=utf-8', ...options })
}

/** A body in several pieces. */
export function stream<Chunks extends ScriptedReply['chunks']>(
  chunks: Chunks,
  options: ReplyOptions = {},
): ScriptedReply & { chunks: Chunks } {
  const { contentType = 'text/event-stream', headers, ...rest } = options
  return { status: 200, ...rest, headers: { 'content-type': contentType, ...headers }, chunks }
}

/** Server-sent events, one chunk each; an object becomes JSON in one `data:` line. */
export function sse(events: readonly unknown[], options: ReplyOptions = {}): WireReply {
  return stream(
    events.map((data) => sseEvent(data)),
    options,
  )
}

/** The text of one server-sent event. */
export function sseEvent(data: unknown, event?: string): string {
  const line = typeof data === 'string' ? data : JSON.stringify(data)
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${line}\n\n`
}

/** Newline-delimited JSON, one chunk a line. */
export function ndjson(lines: readonly unknown[], options: ReplyOptions = {}): WireReply {
  return stream(
    lines.map((line) => `${JSON.stringify(line)}\n`),
    { contentType: 'application/x-ndjson', ...options },
  )
}

/** No answer at all: the connection breaks before the status line. */
export function noReply(): WireReply {
  return { status: 0, headers: {}, chunks: [], endWith: 'reset' }
}

export function toBytes(chunk: Chunk): Uint8Array {
  return typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk
}

/** Pieces of one size; the first can have its own. */
export function split(bytes: Uint8Array, size: number, first: number = size): Uint8Array[] {
  const pieces = [bytes.subarray(0, first)]
  for (let start = first; start < bytes.length; start += size) pieces.push(bytes.subarray(start, start + size))
  return pieces
}

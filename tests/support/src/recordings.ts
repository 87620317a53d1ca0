import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sharedPath } from './shared-path.ts'

/** One recorded answer of a vendor, ready to be played by a server. */
export interface Recording {
  file: string
  /** The recorder's name of the API (`chat.completions`, `messages` ...), or what its path says. */
  api: string
  status: number
  /** Lower case; those about the connection and the encoding are gone, because the bytes are decoded. */
  headers: Record<string, string>
  body: Buffer
  /** Whether the body is a stream of server-sent events or of JSON lines. */
  streamed: boolean
  /** The request's body as recorded, where there is one. */
  request: unknown
}

const connectionHeaders = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'keep-alive',
  'set-cookie',
  'transfer-encoding',
])

/** All recordings of a vendor's folder; an empty list where the machine has none. */
export function loadRecordings(vendor: string): Recording[] {
  const folder = sharedPath(`recordings/${vendor}`)
  if (folder === undefined) return []
  return readdirSync(folder)
    .sort()
    .filter((file) => !file.endsWith('.stream.txt'))
    .map((file) => readRecording(folder, file))
}

function readRecording(folder: string, file: string): Recording {
  const text = readFileSync(join(folder, file), 'utf8')
  if (file.endsWith('.chunks.txt')) return streamOf(file, text.split('\n').filter(Boolean), {})
  const recorded = JSON.parse(text)
  if (file.endsWith('.rec.json')) return readCassette(folder, file, recorded)
  if (file.startsWith('llamastack.')) return readLlamaStack(file, recorded)
  if (Array.isArray(recorded))
    return streamOf(
      file,
      recorded.map((chunk) => JSON.stringify(chunk)),
      {},
    )
  return { ...plain(file), body: Buffer.from(text), api: apiOf(recorded) }
}

interface Cassette {
  api: string
  request: { body?: { stream?: unknown } | string | null }
  response: {
    status: number
    headers: Record<string, string[]>
    body?: unknown
    body_text?: string
    body_file: string | null
  }
}

function readCassette(folder: string, file: string, { api, request, response }: Cassette): Recording {
  const headers: Record<string, string> = {}
  for (const [name, values] of Object.entries(response.headers))
    if (!connectionHeaders.has(name.toLowerCase())) headers[name.toLowerCase()] = values.join(', ')
  const streamFile = join(folder, response.body_file ?? file.replace(/\.rec\.json$/, '.stream.txt'))
  const inFile = existsSync(streamFile) && streamFile.endsWith('.stream.txt')
  const asked = typeof request.body === 'object' && request.body?.stream === true
  const streamed = inFile || asked || /event-stream|ndjson/.test(headers['content-type'] ?? '')
  const body = inFile
    ? unwrap(readFileSync(streamFile))
    : response.body_text === undefined
      ? Buffer.from(typeof response.body === 'string' ? response.body : JSON.stringify(response.body))
      : unwrap(Buffer.from(response.body_text))
  return { file, api, status: response.status, headers, body, streamed, request: request.body }
}

/** Ruby's recorder stored some bodies as base64. */
function unwrap(body: Buffer): Buffer {
  const text = body.toString('latin1').trim()
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]{40,}={0,2}$/.test(text) ? Buffer.from(text, 'base64') : body
}

interface LlamaStack {
  request: { endpoint?: string; url: string; body?: unknown }
  response: { status?: number; body: unknown; is_streaming: boolean }
}

function readLlamaStack(file: string, { request, response }: LlamaStack): Recording {
  const api = (request.endpoint ?? request.url).replace(/^.*\/v1\//, '').replaceAll('/', '.')
  const status = response.status ?? 200
  const { body } = response
  const data = (value: unknown): unknown => (value as { __data__?: unknown })?.__data__ ?? value
  if (Array.isArray(body)) {
    if (typeof body[0] === 'string')
      return {
        ...plain(file),
        api,
        status,
        body: Buffer.from(`${body.join('\n')}\n\n`),
        streamed: true,
        request: request.body,
        headers: eventStream,
      }
    return {
      ...streamOf(
        file,
        body.map((chunk) => JSON.stringify(data(chunk))),
        request.body,
      ),
      api,
      status,
    }
  }
  return { ...plain(file), api, status, body: Buffer.from(JSON.stringify(data(body))), request: request.body }
}

const eventStream = { 'content-type': 'text/event-stream' }

function plain(file: string): Recording {
  return {
    file,
    api: 'unknown',
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: Buffer.alloc(0),
    streamed: false,
    request: undefined,
  }
}

/** Fixtures that hold bare chunks: the frame around them is put back as each vendor writes it. */
function streamOf(file: string, chunks: string[], request: unknown): Recording {
  const api = apiOf(JSON.parse(chunks[0] ?? '{}'))
  const frames = chunks.map((chunk) => {
    const { type } = JSON.parse(chunk) as { type?: string }
    return `${type === undefined ? '' : `event: ${type}\n`}data: ${chunk}\n\n`
  })
  const end = api === 'chat.completions' ? 'data: [DONE]\n\n' : ''
  return {
    ...plain(file),
    api,
    headers: eventStream,
    body: Buffer.from(frames.join('') + end),
    streamed: true,
    request,
  }
}

/** Names the API by the look of an answer. */
function apiOf(body: Record<string, unknown>): string {
  const { object, type } = body
  if (object === 'chat.completion' || object === 'chat.completion.chunk' || 'choices' in body) {
    const [choice] = (body['choices'] as Record<string, unknown>[] | undefined) ?? []
    return object === 'text_completion' || (choice && 'text' in choice) ? 'completions' : 'chat.completions'
  }
  if (object === 'response' || String(type).startsWith('response.')) return 'responses'
  if (type === 'message' || type === 'message_start') return 'messages'
  if ('candidates' in body) return 'generateContent'
  if (type === 'message-start' || ('message' in body && 'finish_reason' in body)) return 'v2.chat'
  return 'unknown'
}

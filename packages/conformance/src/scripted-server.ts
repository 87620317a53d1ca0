import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { JsonValue } from '@insidellms/core'
import { type ScriptedReply, text } from './reply.ts'

/** A request as it arrived. */
export interface RecordedRequest {
  method: string
  /** With its query. */
  path: string
  headers: IncomingHttpHeaders
  body: string
  /** The body read as JSON; undefined when it is none. */
  json: JsonValue | undefined
  /** `abandoned` when the client left before its answer was complete. */
  ended: Promise<'answered' | 'abandoned'>
}

/** @param index Counts requests from 0. */
export type Script = (request: RecordedRequest, index: number) => ScriptedReply | Promise<ScriptedReply>

export interface ScriptedServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:41234`, without a slash at its end. */
  readonly url: string
  /** Every request so far, in the order in which their bodies were complete. */
  readonly requests: readonly RecordedRequest[]
  /** Connections, idle ones of a keep-alive pool included. */
  readonly openSockets: number
  /** Breaks what is open and stops listening. */
  close(): Promise<void>
}

/**
 * A vendor on the loopback interface that answers as a script says.
 *
 * @example
 * ```ts
 * await using server = await startScriptedServer((request, index) =>
 *   index === 0 ? json({ error: 'busy' }, { status: 503 }) : sse([{ text: 'Hi' }, '[DONE]']))
 * ```
 */
export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const requests: RecordedRequest[] = []
  const sockets = new Set<Socket>()
  const server = createServer((incoming, outgoing) => {
    // A client that leaves shows in `ended`; it is no failure of the server.
    void answer(incoming, outgoing).catch(() => outgoing.destroy())
  })
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = await readRequest(incoming, outgoing)
    const index = requests.push(request) - 1
    await play(await replyOf(script, request, index), outgoing)
  }
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get openSockets() {
      return sockets.size
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function readRequest(incoming: IncomingMessage, outgoing: ServerResponse): Promise<RecordedRequest> {
  const ended = new Promise<'answered' | 'abandoned'>((resolve) =>
    outgoing.on('close', () => resolve(outgoing.writableFinished ? 'answered' : 'abandoned')),
  )
  const bytes: Buffer[] = []
  for await (const chunk of incoming) bytes.push(chunk as Buffer)
  const body = Buffer.concat(bytes).toString('utf8')
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: incoming.headers,
    body,
    json: parse(body),
    ended,
  }
}

function parse(body: string): JsonValue | undefined {
  try {
    return JSON.parse(body) as JsonValue
  } catch {
    return undefined
  }
}

/** A script that throws must be seen by its author, also through a client that retries. */
async function replyOf(script: Script, request: RecordedRequest, index: number): Promise<ScriptedReply> {
  try {
    return await script(request, index)
  } catch (error) {
    return text(`The server's script failed: ${String(error)}`, { status: 418, contentType: 'text/plain' })
  }
}

async function play(reply: ScriptedReply, outgoing: ServerResponse): Promise<void> {
  const { status, headers, chunks, endWith = 'end', firstByteMs = 0, delayMs = 0 } = reply
  if (firstByteMs > 0) await setTimeout(firstByteMs)
  if (status > 0) {
    outgoing.writeHead(status, headers)
    outgoing.flushHeaders()
    await letTheClientRead()
  }
  const gone = new Promise<'gone'>((resolve) => outgoing.on('close', () => resolve('gone')))
  const source = (async function* () {
    yield* chunks
  })()
  for (let first = true; ; first = false) {
    const next = await Promise.race([source.next(), gone])
    if (next === 'gone' || outgoing.destroyed) return void source.return()
    if (next.done) break
    if (delayMs > 0 && !first) await setTimeout(delayMs)
    await new Promise<void>((resolve, reject) =>
      outgoing.write(next.value, (error) => (error ? reject(error) : resolve())),
    )
    await letTheClientRead()
  }
  if (endWith === 'end') outgoing.end()
  if (endWith === 'reset') outgoing.socket?.resetAndDestroy()
}

/** A client in this process reads in the poll phase between two turns; without them it would find chunks glued together. */
async function letTheClientRead(): Promise<void> {
  await setImmediate()
  await setImmediate()
}

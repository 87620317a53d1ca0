import { withinGrace } from './within-grace.ts'

/**
 * The `data` of server-sent events, as they arrive: one list per chunk of the body, so that a reader of many small
 * events awaits once for all that came together.
 *
 * WHATWG HTML, section 9.2.6 "Interpreting an event stream"; event names, ids and retry times are passed over, because
 * the vendors repeat the type inside the data. Where the body ends without the blank line behind its last event, that
 * event counts if it is whole: `[DONE]` or a complete JSON text.
 *
 * @param isLast Knows the vendor's terminal marker. What comes behind it is passed over, and a server that does not
 *   close then is left after a moment; one that does leaves its connection for the next call.
 */
export async function* serverSentEvents(
  body: AsyncIterable<Uint8Array>,
  isLast: (data: string) => boolean = (data) => data === '[DONE]',
): AsyncGenerator<string[], void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  let data: string | undefined
  const takeLines = (text: string): string[] => {
    const events: string[] = []
    let start = 0
    for (;;) {
      const [end, next] = lineEnd(text, start)
      if (end < 0) break
      if (end === start) {
        if (data !== undefined) events.push(...separate(data))
        data = undefined
      } else data = withField(data, text, start, end)
      start = next
    }
    rest = text.slice(start)
    return events
  }
  const chunks = body[Symbol.asyncIterator]()
  let ended = false
  try {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      const text = decoder.decode(next.value, { stream: true })
      if (text === '') continue
      const events = takeLines(rest + text)
      if (events.length === 0) continue
      ended = events.some(isLast)
      yield events
      if (ended) return
    }
  } finally {
    if (ended) await drain(body, chunks)
    else await chunks.return?.()
  }
  const events = takeLines(`${rest}${decoder.decode()}\n`)
  if (data !== undefined) events.push(...separate(data).filter(isWhole))
  if (events.length > 0) yield events
}

/** Reads to the end of the body, if that is near; else breaks the connection. */
async function drain(
  body: AsyncIterable<Uint8Array> & { cancel?(): Promise<void> },
  chunks: AsyncIterator<Uint8Array>,
): Promise<void> {
  let near = false
  await withinGrace(async () => {
    while (!(await chunks.next()).done);
    near = true
  }, 100)
  if (!near) void body.cancel?.().catch(() => undefined)
}

/** Where the line ends and the next one starts; -1 when its end has not arrived. A CR may still get its LF. */
function lineEnd(text: string, start: number): [end: number, next: number] {
  const feed = text.indexOf('\n', start)
  const line = feed < 0 ? text.slice(start) : text.slice(start, feed)
  const carriage = line.indexOf('\r')
  if (carriage < 0) return [feed, feed + 1]
  const end = start + carriage
  if (end + 1 === text.length) return [-1, start]
  return [end, text[end + 1] === '\n' ? end + 2 : end + 1]
}

function withField(data: string | undefined, text: string, start: number, end: number): string | undefined {
  // A byte order mark may stand before the first field.
  const from = text.charCodeAt(start) === 0xfeff ? start + 1 : start
  if (!text.startsWith('data', from)) return data
  const colon = from + 4
  if (colon === end) return data === undefined ? '' : `${data}\n`
  if (text[colon] !== ':') return data
  const value = text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1, end)
  return data === undefined ? value : `${data}\n${value}`
}

/** An old server (TGI 1.4) leaves out the blank line between its last events: two whole texts are two events. */
function separate(data: string): string[] {
  if (!data.includes('\n')) return [data]
  const lines = data.split('\n')
  return !isWhole(data) && lines.every(isWhole) ? lines : [data]
}

function isWhole(data: string): boolean {
  if (data === '[DONE]') return true
  try {
    JSON.parse(data)
    return true
  } catch {
    return false
  }
}

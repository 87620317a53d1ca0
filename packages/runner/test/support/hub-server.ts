import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

type Content = string | Buffer

/** A repository at each commit, and where its branches point. */
export interface HubRepository {
  commits: Record<string, Record<string, Content>>
  branches: Record<string, string>
  /** A token without which nobody may read it. */
  token?: string
  gated?: boolean
}

export interface HubServer {
  url: string
  /** The hub's requests and then, on another port as on another host, those of its store. */
  requests: { path: string; authorization?: string; range?: string }[]
  stored: HubServer['requests']
  repository: HubRepository
  /** To be set by a test: answers in place of the server, or false. */
  interfere: (path: string, response: ServerResponse, content?: Buffer, range?: number) => boolean
}

/** A Hugging Face hub on loopback: Git LFS files lie in a store on another port, behind a redirect. */
export async function hubServer(name: string, repository: HubRepository): Promise<HubServer> {
  const hub: HubServer = { url: '', requests: [], stored: [], repository, interfere: () => false }
  const store = await listen((request, response) => {
    hub.stored.push(note(request))
    const [, commit, ...path] = new URL(request.url!, 'http://x').pathname.split('/').map(decodeURIComponent)
    send(hub, request, response, repository.commits[commit!]![path.join('/')]!)
  })
  hub.url = await listen((request, response) => {
    hub.requests.push(note(request))
    const { pathname } = new URL(request.url!, 'http://x')
    if (hub.interfere(pathname, response)) return
    if (repository.token !== undefined && request.headers.authorization !== `Bearer ${repository.token}`)
      return refuse(response, 401, 'RepoNotFound')
    if (repository.gated) return refuse(response, 403, 'GatedRepo')
    if (!pathname.startsWith(`/api/datasets/${name}/`) && !pathname.startsWith(`/datasets/${name}/`))
      return refuse(response, 404, 'RepoNotFound')
    const [kind, revision = '', ...path] = pathname.split(`datasets/${name}/`)[1]!.split('/').map(decodeURIComponent)
    const commit = repository.branches[revision] ?? revision
    const files = repository.commits[commit]
    if (files === undefined) return refuse(response, 404, 'RevisionNotFound')
    if (kind === 'revision') return json(response, { id: name, sha: commit, private: repository.token !== undefined })
    if (kind === 'tree') return tree(hub, request, response, files)
    const content = files[path.join('/')]
    if (content === undefined) return refuse(response, 404, 'EntryNotFound')
    if (!isLfs(path.join('/'))) return send(hub, request, response, content)
    response.writeHead(302, {
      location: `${store}/${commit}/${path.map(encodeURIComponent).join('/')}?signature=s3cret`,
    })
    response.end()
  })
  return hub
}

function isLfs(path: string): boolean {
  return /\.(parquet|jsonl)$/.test(path)
}

/** Two files per page. */
function tree(
  hub: HubServer,
  request: IncomingMessage,
  response: ServerResponse,
  files: Record<string, Content>,
): void {
  const url = new URL(request.url!, hub.url)
  const from = Number(url.searchParams.get('cursor') ?? 0)
  const paths = Object.keys(files)
  if (from + 2 < paths.length) {
    url.searchParams.set('cursor', String(from + 2))
    response.setHeader('link', `<${url.href}>; rel="next"`)
  }
  const entries = paths.slice(from, from + 2).map((path) => {
    const bytes = Buffer.from(files[path]!)
    const entry = { type: 'file', path, size: bytes.length, oid: gitHash(bytes) }
    return isLfs(path) ? { ...entry, lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 130 } } : entry
  })
  json(response, [{ type: 'directory', path: 'data', oid: '0'.repeat(40) }, ...entries])
}

function send(hub: HubServer, request: IncomingMessage, response: ServerResponse, content: Content): void {
  const bytes = Buffer.from(content)
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  if (hub.interfere(new URL(request.url!, 'http://x').pathname, response, bytes, from)) return
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': bytes.length - from })
  response.end(bytes.subarray(from))
}

function note({ url, headers }: IncomingMessage): HubServer['requests'][number] {
  return {
    path: new URL(url!, 'http://x').pathname,
    ...(headers.authorization !== undefined && { authorization: headers.authorization }),
    ...(headers.range !== undefined && { range: headers.range }),
  }
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'x-error-code': code })
  response.end(JSON.stringify({ error: code }))
}

function json(response: ServerResponse, body: unknown): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body))
}

async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server: Server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function gitHash(bytes: Buffer): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

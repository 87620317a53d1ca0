import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Comment {
  id: number
  body: string
  user: { login: string; type: string }
}

const bot = { login: 'github-actions[bot]', type: 'Bot' }

/** The part of GitHub's REST API that the action calls: comments of pull request 7 of `o/r`. */
export class FakeGitHub {
  readonly comments: Comment[] = []
  readonly requests: string[] = []
  /** Answered to every write, in place of doing it. */
  refusal: { status: number; message: string } | undefined
  /** Who the token belongs to; the token of a job belongs to nobody. */
  user: string | undefined
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request).then(({ status, json }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
    })
  })

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async start(): Promise<void> {
    await new Promise<void>((done) => {
      this.#server.listen(0, '127.0.0.1', done)
    })
  }

  async stop(): Promise<void> {
    await new Promise((done) => {
      this.#server.close(done)
    })
  }

  add(body: string, user = bot): Comment {
    const comment = { id: this.comments.length + 1, body, user }
    this.comments.push(comment)
    return comment
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; json: unknown }> {
    const { method = '', headers } = request
    const { pathname, searchParams } = new URL(request.url ?? '', this.url)
    this.requests.push(`${method} ${pathname}`)
    let text = ''
    for await (const chunk of request) text += String(chunk)
    if (headers.authorization !== 'Bearer token-of-the-job')
      return { status: 401, json: { message: 'Bad credentials' } }
    if (pathname === '/user') {
      if (this.user !== undefined) return { status: 200, json: { login: this.user } }
      return { status: 403, json: { message: 'Resource not accessible by integration' } }
    }
    if (method === 'GET' && pathname === '/repos/o/r/issues/7/comments') {
      const [page, size] = [Number(searchParams.get('page')), Number(searchParams.get('per_page'))]
      return { status: 200, json: this.comments.slice((page - 1) * size, page * size) }
    }
    if (this.refusal !== undefined) return { status: this.refusal.status, json: { message: this.refusal.message } }
    const { body } = JSON.parse(text) as { body: string }
    if (body.length > 65_536)
      return { status: 422, json: { message: 'Body is too long (maximum is 65536 characters)' } }
    const user = this.user === undefined ? bot : { login: this.user, type: 'User' }
    const comment =
      method === 'POST' && pathname === '/repos/o/r/issues/7/comments'
        ? this.add(body, user)
        : this.comments.find(({ id }) => method === 'PATCH' && pathname === `/repos/o/r/issues/comments/${id}`)
    if (comment === undefined) return { status: 404, json: { message: 'Not Found' } }
    comment.body = body
    return { status: 200, json: { ...comment, html_url: `https://github.test/o/r/pull/7#${comment.id}` } }
  }
}

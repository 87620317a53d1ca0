import { portableOptions } from '@insidellms/core'
import {
  type DriverEvent,
  type DriverResponse,
  type ErrorFacts,
  type FinishKind,
  httpFacts,
  InsideLLMsError,
  type JsonObject,
  type JsonValue,
  type Ledger,
  type ModelDelta,
  type ModelDriver,
  type ModelInfo,
  type ModelRequest,
  OptionWriter,
  toBase64,
} from '@insidellms/core/driver'
import type { Target } from '../../src/provider-description.ts'

/** An answer of the Acme API, and an event of its streams: the same fields, a few at a time. */
export interface AcmeAnswer {
  id?: string
  model?: string
  build?: string
  text?: string
  thinking?: string
  calls?: AcmeCall[]
  refused?: string
  tokens?: { token: string; logprob: number; top: { token: string; logprob: number }[] }[]
  /** In a stream, the terminal marker. */
  end?: string
  usage?: { in: number; out: number }
  error?: { message: string; kind?: string }
}

export interface AcmeCall {
  index: number
  id?: string
  name?: string
  arguments: string
}

export interface Sent {
  body: JsonObject
  ledger: Ledger
}

export class AcmeError extends Error {
  readonly status: number
  readonly headers: Headers
  readonly kind: string | undefined

  constructor(message: string, response: Response, kind?: string) {
    super(message)
    this.status = response.status
    this.headers = response.headers
    this.kind = kind
  }
}

const kinds: Record<string, FinishKind> = {
  done: 'stop',
  limit: 'length',
  calls: 'tool-calls',
  blocked: 'content-filter',
}

/** A correct driver of an invented vendor, in steps that the mutants override. Not one of them may be needless. */
export class AcmeDriver implements ModelDriver {
  readonly specVersion = 1
  readonly supports: ModelDriver['supports'] = portableOptions
  protected readonly leavesAtEnd: boolean = true
  readonly #target: Target

  constructor(target: Target) {
    this.#target = target
  }

  /** A getter of the prototype, so that no console prints the key. */
  protected get target(): Target {
    return this.#target
  }

  info(): ModelInfo {
    return {
      name: 'acme-1',
      provider: 'acme',
      modelId: 'acme-1',
      maxTokens: 8192,
      supportsStreaming: true,
      supportsChat: true,
      extra: {},
    }
  }

  secrets(): string[] {
    return [this.target.apiKey]
  }

  async respond(request: ModelRequest): Promise<DriverResponse> {
    const sent = this.write(request, false)
    const response = await this.post('/v1/answer', sent.body, request.signal)
    const answer = await this.readBody(response)
    return this.assemble(answer, response, sent, answer as JsonObject)
  }

  async *events(request: ModelRequest): AsyncGenerator<DriverEvent, void, undefined> {
    const sent = this.write(request, true)
    const response = await this.post('/v1/answer', sent.body, request.signal)
    const answer: AcmeAnswer = {}
    const raw: JsonValue[] = []
    for await (const event of this.decode(response.body!)) {
      raw.push(event as JsonObject)
      if (event.error) throw this.streamError(event.error.message)
      yield* this.deltas(event)
      this.collect(answer, event)
      if (event.end !== undefined) {
        yield { type: 'finish', response: this.assemble(answer, response, sent, raw) }
        if (this.leavesAtEnd) return
      }
    }
  }

  async listModels(): Promise<ModelInfo[]> {
    const response = await this.post('/v1/models', {})
    const { models } = (await response.json()) as { models: string[] }
    return models.map((modelId) => ({ ...this.info(), modelId }))
  }

  async countTokens(request: ModelRequest): Promise<number> {
    const response = await this.post('/v1/count', this.write(request, false).body, request.signal)
    return ((await response.json()) as { count: number }).count
  }

  explainError(error: unknown): ErrorFacts | undefined {
    if (!(error instanceof AcmeError)) return undefined
    const { message, status, headers, kind } = error
    return { message, status, headers, requestId: headers.get('acme-id') ?? undefined, ...this.codeOf(kind) }
  }

  async close(): Promise<void> {}

  protected codeOf(kind: string | undefined): Pick<ErrorFacts, 'code'> {
    return kind === 'too_long' ? { code: 'context_overflow' } : {}
  }

  protected streamError(message: string): Error {
    return new InsideLLMsError('server', `${message}. Ask again.`)
  }

  protected write(request: ModelRequest, stream: boolean): Sent {
    return this.writeOptions(request).finish({
      model: 'acme-1',
      messages: this.writeMessages(request),
      ...(stream && { stream }),
    })
  }

  protected writeOptions(request: ModelRequest): OptionWriter {
    const writer = new OptionWriter(request, 'acme')
      .send('temperature', '/temperature')
      .send('topP', '/top_p')
      .send('topK', '/top_k')
      .send('maxTokens', '/max_tokens')
      .send('stop', '/stop')
      .send('seed', '/seed')
      .send('presencePenalty', '/penalties/presence')
      .send('frequencyPenalty', '/penalties/frequency')
      .send('logprobs', '/logprobs')
      .send('topLogprobs', '/top_logprobs')
      .map('responseFormat', '/format', (format) => (format.type === 'json_schema' ? format.schema : format.type))
      .map('tools', '/tools', (tools) => tools.map((tool) => ({ ...tool }) as unknown as JsonObject))
      .map('toolChoice', '/tool_choice', (choice) => (typeof choice === 'string' ? choice : choice.name))
    const effort = request.options.reasoning?.effort
    return effort === undefined
      ? writer.refuse('reasoning', 'Acme takes an effort only')
      : writer.map('reasoning', '/effort', () => effort)
  }

  protected writeMessages({ messages }: ModelRequest): JsonValue[] {
    return messages.map((message) => {
      if (message.role === 'tool') return { role: 'tool', call: message.toolCallId, content: message.content }
      const { role, content } = message
      if (typeof content === 'string') return { role, content }
      const parts = content.map((part): JsonObject =>
        part.type === 'image'
          ? { image: typeof part.image === 'string' ? part.image : toBase64(part.image) }
          : ({ ...part } as unknown as JsonObject),
      )
      return { role, content: parts }
    })
  }

  protected headers(): Record<string, string> {
    return { authorization: `Bearer ${this.target.apiKey}`, 'content-type': 'application/json' }
  }

  protected async post(path: string, body: JsonObject, signal?: AbortSignal): Promise<Response> {
    const response = await fetch(`${this.target.url}${path}`, {
      method: 'POST',
      headers: this.headers(),
      body: JSON.stringify(body),
      ...(signal && { signal }),
    })
    if (!response.ok) throw await this.failure(response)
    return response
  }

  protected async failure(response: Response): Promise<Error> {
    const text = await response.text()
    try {
      const { message, kind } = (JSON.parse(text) as { error: { message: string; kind?: string } }).error
      return new AcmeError(message, response, kind)
    } catch {
      return new AcmeError('The server sent a page and no JSON', response)
    }
  }

  protected async readBody(response: Response): Promise<AcmeAnswer> {
    const answer = (await response.json()) as AcmeAnswer
    if (typeof answer.end !== 'string') throw new InsideLLMsError('invalid_response', 'The answer is empty. Ask again.')
    return answer
  }

  /** Server-sent events (WHATWG HTML, section 9.2.6), their data read as JSON. */
  protected async *decode(body: AsyncIterable<Uint8Array>): AsyncGenerator<AcmeEvent> {
    let rest = ''
    let data: string[] = []
    for await (const text of this.texts(body)) {
      const lines = this.lines(rest + text)
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (line !== '') data = this.field(line, data)
        else if (data.length > 0) {
          yield JSON.parse(data.join('\n')) as AcmeEvent
          data = []
        }
      }
    }
  }

  protected async *texts(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
    const decoder = new TextDecoder()
    for await (const bytes of body) yield decoder.decode(bytes, { stream: true })
  }

  /** The last one is not complete. The LF of a CR LF may be on its way. */
  protected lines(text: string): string[] {
    return text.split(/\r\n|\n|\r(?!$)/)
  }

  protected field(line: string, data: string[]): string[] {
    return line.startsWith('data:') ? [...data, line.slice(line[5] === ' ' ? 6 : 5)] : data
  }

  protected *deltas(event: AcmeEvent): Generator<ModelDelta> {
    if (event.text) yield { type: 'text', text: event.text }
    if (event.thinking) yield { type: 'reasoning', text: event.thinking }
    if (event.refused) yield { type: 'refusal', text: event.refused }
    for (const call of event.calls ?? []) yield { type: 'tool-call', ...call }
  }

  /** Puts an event's share into the answer that the stream adds up to. */
  protected collect(answer: AcmeAnswer, event: AcmeEvent): void {
    const { text, thinking, calls = [], tokens, ...rest } = event
    Object.assign(answer, rest)
    if (text !== undefined) answer.text = (answer.text ?? '') + text
    if (thinking !== undefined) answer.thinking = (answer.thinking ?? '') + thinking
    if (tokens !== undefined) answer.tokens = [...(answer.tokens ?? []), ...tokens]
    for (const call of calls) {
      answer.calls ??= []
      const known = answer.calls[call.index]
      if (known === undefined) answer.calls[call.index] = { ...call }
      else known.arguments += call.arguments
    }
  }

  protected assemble(answer: AcmeAnswer, response: Response, sent: Sent, raw: JsonValue): DriverResponse {
    const { id, model, build, text, thinking, calls = [], refused, tokens, end, usage } = answer
    const requestId = response.headers.get('acme-id')
    return {
      parts: [
        ...(thinking ? [{ type: 'reasoning' as const, text: thinking }] : []),
        ...(text ? [{ type: 'text' as const, text }] : []),
        ...(refused ? [{ type: 'refusal' as const, text: refused }] : []),
        ...calls.map((call, index) => ({
          type: 'tool-call' as const,
          id: call.id ?? `call_${index}`,
          name: call.name ?? '',
          arguments: call.arguments,
        })),
      ],
      finish: this.finish(end),
      ...(usage && { usage: { inputTokens: usage.in, outputTokens: usage.out } }),
      ...(tokens && { logprobs: tokens }),
      ledger: sent.ledger,
      served: {
        ...(model && { model }),
        ...(id && { responseId: id }),
        ...(requestId && { requestId }),
        ...(build && { fingerprint: build }),
      },
      http: httpFacts(response),
      request: sent.body,
      raw,
    }
  }

  protected finish(end: string | undefined): DriverResponse['finish'] {
    return { kind: kinds[end ?? ''] ?? 'other', raw: end ?? null }
  }
}

export type AcmeEvent = AcmeAnswer

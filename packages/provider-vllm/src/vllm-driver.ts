import {
  checkSettings,
  InsideLLMsError,
  type JsonObject,
  type ModelDriver,
  type PortableOption,
  readEnvironment,
} from '@insidellms/core/driver'
import { createCompatibleDriver, OpenAICompatibleClient } from '@insidellms/provider-openai-compatible'
import { readPromptLogprobs } from './vllm-prompt-logprobs.ts'

export interface VllmSettings {
  /** The model as it was served: the Hugging Face id, or `--served-model-name`. */
  modelName: string
  /** Default: the environment variable `VLLM_BASE_URL`, else `http://127.0.0.1:8000/v1`. */
  baseUrl?: string
  /** The server's `--api-key`. Default: the environment variable `VLLM_API_KEY`; without one, none is sent. */
  apiKey?: string
  /** The window in tokens (`--max-model-len`). Default: asked from the server with the first call. */
  contextWindow?: number
  /** Sent with every request. */
  headers?: Record<string, string>
  /** Carries the requests. Default: a keep-alive pool of this model's own. */
  fetch?: typeof fetch
}

const settingNames = ['modelName', 'baseUrl', 'apiKey', 'contextWindow', 'headers', 'fetch'] as const

/**
 * `reasoning` is not among them: vLLM accepts `reasoning_effort` for every model, and most ignore it without a word
 * (vllm-project/vllm#39581).
 */
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
]

/** What a server says of itself; what it does not answer is unknown. */
interface ServerFacts {
  version?: string
  window?: number
}

/**
 * The driver behind `VllmModel` and the type `vllm`.
 *
 * @throws {InsideLLMsError} `config` for a wrong setting.
 */
export function createVllmDriver(settings: VllmSettings): ModelDriver {
  checkSettings('vllm', settings, settingNames)
  const { modelName, headers, fetch, contextWindow } = settings
  const baseUrl = settings.baseUrl ?? readEnvironment(['VLLM_BASE_URL']) ?? 'http://127.0.0.1:8000/v1'
  if (!URL.canParse(baseUrl))
    throw new InsideLLMsError(
      'config',
      `vllm: baseUrl must be the server's API root, such as "http://127.0.0.1:8000/v1"; it is ${JSON.stringify(baseUrl)}.`,
      {
        provider: 'vllm',
      },
    )
  const apiKey = settings.apiKey ?? readEnvironment(['VLLM_API_KEY'])
  const client = new OpenAICompatibleClient({
    baseUrl,
    ...(apiKey !== undefined && { apiKey }),
    ...(headers !== undefined && { headers }),
    ...(fetch !== undefined && { fetch }),
  })

  let known: ServerFacts | undefined
  let asking: Promise<ServerFacts> | undefined
  const readServer = async (): Promise<ServerFacts> =>
    (known = await (asking ??= askServer(client, baseUrl, modelName)))

  const driver = createCompatibleDriver({
    provider: 'vllm',
    modelName,
    client,
    quirks: { supports: options, maxTokensField: 'max_tokens', assistantReasoningField: 'reasoning_content' },
    info: { extra: { baseUrl } },
    readWindow: ({ max_model_len: window }) => (typeof window === 'number' ? window : undefined),
    async readServed() {
      const { version } = await readServer()
      return version === undefined ? {} : { engine: `vllm ${version}` }
    },
    readMore(completion) {
      const { prompt_logprobs: given, prompt_token_ids: ids } = completion as JsonObject
      const promptLogprobs = readPromptLogprobs(given, ids)
      return promptLogprobs === undefined ? {} : { promptLogprobs }
    },
  })
  return { ...driver, info: () => ({ ...driver.info(), maxTokens: contextWindow ?? known?.window ?? null }) }
}

/** Two small requests with the first call. Older servers, and proxies before them, have neither: that is no error. */
async function askServer(client: OpenAICompatibleClient, baseUrl: string, modelName: string): Promise<ServerFacts> {
  const [version, models] = await Promise.allSettled([
    client.get(new URL('/version', baseUrl).href),
    client.get('/models'),
  ])
  const facts: ServerFacts = {}
  if (version.status === 'fulfilled') {
    const said = (version.value as { version?: unknown } | null)?.version
    if (typeof said === 'string') facts.version = said
  }
  if (models.status === 'fulfilled') {
    const { data } = (models.value ?? {}) as { data?: { id?: unknown; max_model_len?: unknown }[] }
    const window = data?.find(({ id }) => id === modelName)?.max_model_len
    if (typeof window === 'number') facts.window = window
  }
  return facts
}

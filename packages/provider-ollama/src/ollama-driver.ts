import {
  checkSettings,
  type DriverEvent,
  type DriverResponse,
  type ErrorFacts,
  httpFacts,
  InsideLLMsError,
  type JsonObject,
  type JsonValue,
  type Ledger,
  type ModelDelta,
  type ModelDriver,
  type ModelRequest,
  type PortableOption,
  readEnvironment,
} from '@insidellms/core/driver'
import { OllamaClient, OllamaHttpError } from './ollama-client.ts'
import { jsonLines } from './ollama-lines.ts'
import { toOllamaRequest } from './ollama-request.ts'
import { type OllamaAnswer, OllamaStream, readOllamaAnswer } from './ollama-response.ts'

export interface OllamaSettings {
  /** The model with its tag, such as `llama3.2` or `qwen3:8b-q8_0`. */
  modelName: string
  /** Default: the environment variable `OLLAMA_HOST`, else `http://127.0.0.1:11434`. */
  baseUrl?: string
  /** For Ollama's cloud. Default: the environment variable `OLLAMA_API_KEY`; without one, none is sent. */
  apiKey?: string
  /** Tokens of the window, sent as `num_ctx` with every request. Default: 4096, as Ollama's own. */
  contextSize?: number
  /** How long the model stays loaded, such as `10m`, or seconds. Default: as the server says, 5 minutes. */
  keepAlive?: string | number
  /** `generate` takes one prompt; `providerOptions: { raw: true }` then leaves the template out. Default: `chat`. */
  api?: 'chat' | 'generate'
  /** Sent with every request. */
  headers?: Record<string, string>
  /** Carries the requests. Default: a keep-alive pool of this model's own. */
  fetch?: typeof fetch
}

const settingNames = ['modelName', 'baseUrl', 'apiKey', 'contextSize', 'keepAlive', 'api', 'headers', 'fetch'] as const

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

const defaultContextSize = 4096
const sdk = { name: 'ollama', version: '0.6.4' }

/**
 * The driver behind `OllamaModel` and the type `ollama`.
 *
 * @throws {InsideLLMsError} `config` for a wrong setting.
 */
export function createOllamaDriver(settings: OllamaSettings): ModelDriver {
  checkSettings('ollama', settings, settingNames)
  const { modelName, api = 'chat', contextSize = defaultContextSize, keepAlive, headers, fetch } = settings
  const host = settings.baseUrl ?? readEnvironment(['OLLAMA_HOST']) ?? 'http://127.0.0.1:11434'
  checkValues(modelName, api, contextSize)
  const apiKey = settings.apiKey ?? readEnvironment(['OLLAMA_API_KEY'])
  const client = new OllamaClient({
    host,
    ...(apiKey !== undefined && { apiKey }),
    ...(headers !== undefined && { headers }),
    ...(fetch !== undefined && { fetch }),
  })

  const prepare = (request: ModelRequest, stream: boolean): { body: JsonObject; ledger: Ledger } =>
    toOllamaRequest(request, {
      modelId: modelName,
      api,
      stream,
      contextSize,
      chosen: settings.contextSize !== undefined,
      keepAlive,
    })

  const assemble = async (
    answer: OllamaAnswer,
    response: Response,
    sent: { body: JsonObject; ledger: Ledger },
    raw: JsonValue,
  ): Promise<DriverResponse> => {
    const read = readOllamaAnswer(answer)
    checkCut(answer, sent.body)
    const { digest, quantization, version } = await client.facts(modelName)
    return {
      ...read,
      ledger: sent.ledger,
      served: {
        ...read.served,
        ...(digest !== undefined && { sha256: digest }),
        ...(quantization !== undefined && { quantization }),
        ...(version !== undefined && { engine: `ollama ${version}` }),
        sdk,
      },
      http: httpFacts(response),
      request: sent.body,
      raw,
    }
  }

  return {
    specVersion: 1,
    supports: options,
    info: () => info(modelName, contextSize, api),
    explainError,

    async respond(request) {
      const sent = prepare(request, false)
      const response = await client.post(api, sent.body, request.signal)
      const answer = (JSON.parse(await response.text()) ?? {}) as OllamaAnswer
      if (answer.error) throw streamError(answer.error)
      return assemble(answer, response, sent, answer as JsonObject)
    },

    async *events(request): AsyncGenerator<DriverEvent, void, undefined> {
      const sent = prepare(request, true)
      const response = await client.post(api, sent.body, request.signal)
      const stream = new OllamaStream()
      for await (const batch of jsonLines<OllamaAnswer>(response.body as AsyncIterable<Uint8Array>)) {
        const deltas: ModelDelta[] = []
        for (const line of batch) {
          if (stream.answer.done) break
          if (line.error) throw streamError(line.error)
          stream.take(line, deltas)
        }
        for (const delta of deltas) yield delta
      }
      if (stream.answer.done)
        yield { type: 'finish', response: await assemble(stream.answer, response, sent, stream.raw) }
    },

    async listModels() {
      return (await client.listModels()).map(({ name, digest }) => {
        const known = info(name, contextSize, api)
        return { ...known, extra: { ...known.extra, digest } }
      })
    },
    secrets: () => client.secrets(),
    close: () => client.close(),
  }
}

function info(modelId: string, contextSize: number, api: string): ReturnType<ModelDriver['info']> {
  return {
    name: modelId,
    provider: 'ollama',
    modelId,
    maxTokens: contextSize,
    supportsStreaming: true,
    supportsChat: api === 'chat',
    extra: { api },
  }
}

function checkValues(modelName: unknown, api: unknown, contextSize: unknown): void {
  const wrong = (message: string): InsideLLMsError =>
    new InsideLLMsError('config', `ollama: ${message}`, { provider: 'ollama' })
  if (typeof modelName !== 'string' || modelName === '') throw wrong('modelName must name a model, such as "llama3.2".')
  if (api !== 'chat' && api !== 'generate')
    throw wrong(`api must be "chat" or "generate"; it is ${JSON.stringify(api)}.`)
  if (!Number.isSafeInteger(contextSize) || (contextSize as number) < 1)
    throw wrong(`contextSize must be a whole number of tokens above 0; it is ${String(contextSize)}.`)
}

/**
 * Servers that do not know `truncate: false` drop the front of a prompt that is too long, and answer with 200
 * (ollama/ollama#17427). What they report is the count after the cut: about half of the window, or all of it. A prompt
 * whose characters cannot be so few tokens was cut.
 */
function checkCut(answer: OllamaAnswer, body: JsonObject): void {
  const window = (body['options'] as { num_ctx?: unknown } | undefined)?.num_ctx
  const count = answer.prompt_eval_count
  if (typeof window !== 'number' || count === undefined || count === 0) return
  const characters = JSON.stringify(body['messages'] ?? body['prompt'], (key, value: unknown) =>
    key === 'images' ? undefined : value,
  ).length
  const filled = count >= window
  const halved = characters / 4 > window && characters / count > 7
  if (filled || halved)
    throw new InsideLLMsError(
      'context_overflow',
      `the prompt was cut: its ${characters} characters do not fit a window of ${window} tokens, of which the server says it read ${count}. Raise contextSize, or shorten the prompt.`,
    )
}

const overflow =
  /context (length|window|size)|exceeds? the (available )?context|input length exceeds|too (long|large) for/i

function streamError(error: unknown): InsideLLMsError {
  const message = typeof error === 'string' ? error : JSON.stringify(error)
  return new InsideLLMsError(
    overflow.test(message) ? 'context_overflow' : 'server',
    `The server reports an error: ${message}`,
  )
}

function explainError(error: unknown): ErrorFacts | undefined {
  if (!(error instanceof OllamaHttpError)) return undefined
  const { message, status, headers } = error
  const missing = /model ['"]?([^'"]+?)['"]? not found/.exec(message)?.[1]
  return {
    status,
    headers,
    message,
    ...(overflow.test(message) && { code: 'context_overflow' }),
    ...(missing !== undefined && { hint: `Run: ollama pull ${missing}` }),
  }
}

import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { InsideLLMsError, type JsonObject, type ModelRequest, type Served } from '@insidellms/core/driver'
import type * as Transformers from '@huggingface/transformers'
import type { PreTrainedModel, PreTrainedTokenizer } from '@huggingface/transformers'
import type { LocalDevice, LocalDtype } from './local-driver.ts'
import { type LocalRequest, renderPrompt } from './local-request.ts'
import { orAborted } from '../or-aborted.ts'

/** What an engine is made of: the settings, checked. */
export interface EngineSettings {
  /** The folder's path, or the hub's id. */
  source: string
  isFolder: boolean
  modelId: string
  dtype: LocalDtype
  device: LocalDevice
  threads: number
  revision: string
  allowDownload: boolean
  cacheDir?: string
  chatTemplate?: string
}

/** One model in memory. */
export interface LocalEngine {
  sdk: typeof Transformers
  model: PreTrainedModel
  tokenizer: PreTrainedTokenizer
  /** Tokens that prompt and answer may take together; undefined where the model does not say. */
  window: number | undefined
  /** Tokens that end an answer. */
  ends: ReadonlySet<number>
  template: LocalRequest['template']
  /** Who answers: the same for every call. The files' hash is taken beside the first one. */
  served: Promise<Served>
  steps: Steps
  /** @throws {InsideLLMsError} `unsupported` for a chat that the template, or the lack of one, cannot express. */
  render(request: Pick<ModelRequest, 'messages' | 'providerOptions'>): string
  /** The tokens of a prompt, behind the beginning-of-sequence token where the tokenizer puts one and the text has none. */
  tokenize(prompt: string): number[]
  /** Lets the step under way end, then frees the memory. */
  close(): Promise<void>
}

/** Evaluations of the model, one after the other: calls that run at once take turns, token by token. */
export class Steps {
  #last: Promise<unknown> = Promise.resolve()
  #closed = false

  /** Rejects at once when the caller aborts; a step that has begun goes on to its end, and the next one waits for it. */
  run<T>(step: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const turn = this.#last.then(() => {
      signal?.throwIfAborted()
      if (this.#closed) throw new InsideLLMsError('aborted', 'the model was closed while this call ran.')
      return step()
    })
    this.#last = turn.catch(() => undefined)
    return orAborted(turn, signal)
  }

  /** Runs behind everything that was asked for before, closed or not. */
  behind(cleanUp: () => Promise<unknown>): Promise<unknown> {
    return (this.#last = this.#last.then(cleanUp).catch(() => undefined))
  }

  close(cleanUp: () => Promise<unknown>): Promise<unknown> {
    this.#closed = true
    return this.behind(cleanUp)
  }
}

/** @throws {InsideLLMsError} `load_failed` without transformers.js, `not_found` without the model, `config` when it does not load. */
export async function loadEngine(settings: EngineSettings): Promise<LocalEngine> {
  const { isFolder, dtype, device, threads, revision, allowDownload, cacheDir, chatTemplate } = settings
  const sdk = await importTransformers()
  const source = isFolder || allowDownload ? settings.source : findOnDisk(sdk, settings)
  const options = {
    revision,
    // Beside `findOnDisk`; `env.allowRemoteModels` would be the whole process's.
    local_files_only: isFolder || !allowDownload,
    ...(cacheDir !== undefined && { cache_dir: cacheDir }),
  }
  let tokenizer: PreTrainedTokenizer
  let model: PreTrainedModel
  try {
    tokenizer = await sdk.AutoTokenizer.from_pretrained(source, options)
    model = await sdk.AutoModelForCausalLM.from_pretrained(source, {
      ...options,
      dtype,
      device,
      session_options: { intraOpNumThreads: threads },
    })
  } catch (cause) {
    throw explainLoad(settings, cause)
  }
  const template = chatTemplate !== undefined ? 'settings' : tokenizer.chat_template ? 'tokenizer' : 'none'
  const [begin] = tokenizer.encode('', { add_special_tokens: true })
  const served = describe(sdk, model, settings)
  // Each answer awaits it; a file that goes away must not be an unhandled rejection before the first one does.
  served.catch(() => undefined)
  const steps = new Steps()
  return {
    sdk,
    model,
    tokenizer,
    window: readWindow(model.config as unknown as JsonObject),
    ends: readEnds(model),
    template,
    served,
    steps,
    render: (request) => renderPrompt(request, template === 'none' ? undefined : tokenizer, chatTemplate),
    tokenize(prompt) {
      const tokens = tokenizer.encode(prompt, { add_special_tokens: false })
      return begin !== undefined && begin === tokenizer.bos_token_id && tokens[0] !== begin
        ? [begin, ...tokens]
        : tokens
    },
    close: async () => void (await steps.close(() => model.dispose())),
  }
}

async function importTransformers(): Promise<typeof Transformers> {
  try {
    return await import('@huggingface/transformers')
  } catch (cause) {
    throw new InsideLLMsError(
      'load_failed',
      `@huggingface/transformers cannot be loaded: ${(cause as Error).message}. A local model needs it: npm install @huggingface/transformers`,
      { cause },
    )
  }
}

/**
 * The folder of a model of the hub on this machine. transformers.js asks the hub for a tokenizer's files even with
 * `local_files_only`; a path it never looks up.
 *
 * @throws {InsideLLMsError} `not_found` when there is none.
 */
function findOnDisk(sdk: typeof Transformers, settings: EngineSettings): string {
  const folders = foldersOf(sdk, settings)
  const found = folders.find((folder) => existsSync(join(folder, 'config.json')))
  if (found !== undefined) return found
  throw new InsideLLMsError(
    'not_found',
    `${settings.source} is not on this machine (looked in ${folders.join(' and ')}). Set allowDownload: true, or modelName to a folder that has it.`,
  )
}

/** Where the model's files may be: the folder itself, or transformers.js's folders for models of the hub. */
function foldersOf(sdk: typeof Transformers, { source, isFolder, revision, cacheDir }: EngineSettings): string[] {
  if (isFolder) return [source]
  const cached = join(cacheDir ?? sdk.env.cacheDir ?? '', source, revision === 'main' ? '' : revision)
  return [...(revision === 'main' ? [join(sdk.env.localModelPath, source)] : []), cached].map((path) => resolve(path))
}

function explainLoad({ source, isFolder, dtype, allowDownload }: EngineSettings, cause: unknown): InsideLLMsError {
  const { message } = cause as Error
  const what = `${source} does not load with dtype ${dtype}: ${message}`
  if (isFolder || !allowDownload)
    return new InsideLLMsError(
      'config',
      `${what} Its folder must have config.json, tokenizer.json, and in onnx/ a file of this dtype.${isFolder ? '' : ' Set allowDownload: true to get what is missing.'}`,
      { cause },
    )
  const offline = message === 'fetch failed'
  const next = offline ? 'Check the network.' : 'Check the id, the dtype, and for a gated model the token in HF_TOKEN.'
  return new InsideLLMsError(offline ? 'network' : 'config', `${what} ${next}`, { cause })
}

/** The names that architectures give to the length they were trained with. */
const windowNames = ['max_position_embeddings', 'n_positions', 'n_ctx', 'max_seq_len', 'max_sequence_length'] as const

/** The context window by a model's config.json. */
export function readWindow(config: JsonObject): number | undefined {
  for (const part of [config, config['text_config']] as (JsonObject | undefined)[])
    for (const name of windowNames) {
      const value = part?.[name]
      if (typeof value === 'number' && value > 0) return value
    }
  return undefined
}

function readEnds(model: PreTrainedModel): Set<number> {
  type Config = { eos_token_id?: number | number[] | null } | null | undefined
  const generation = model.generation_config as Config
  const config = model.config as unknown as Config & { text_config?: Config }
  return new Set([generation?.eos_token_id ?? config?.eos_token_id ?? config?.text_config?.eos_token_id ?? []].flat())
}

async function describe(sdk: typeof Transformers, model: PreTrainedModel, settings: EngineSettings): Promise<Served> {
  const { modelId, dtype, device, threads } = settings
  const versions = (sdk.env.backends.onnx as { versions?: { node?: string; common?: string } }).versions
  const engine = `onnxruntime ${versions?.node ?? versions?.common ?? ''}`.trim()
  // Whatever else may move the last bits: the processor and the threads.
  const backend = JSON.stringify([
    engine,
    sdk.env.version,
    process.platform,
    process.arch,
    cpus()[0]?.model,
    device,
    threads,
  ])
  const { _name_or_path: own } = model.config as unknown as { _name_or_path?: string }
  const sha256 = await hashWeights(sdk, model, settings)
  return {
    model: own || modelId,
    fingerprint: createHash('sha256').update(backend).digest('hex').slice(0, 16),
    quantization: dtype,
    ...(sha256 !== undefined && { sha256 }),
    engine: `${engine}, ${device}`,
    sdk: { name: '@huggingface/transformers', version: sdk.env.version },
  }
}

/** SHA-256 of the file of weights; of a model in several files, of all of them in the order in which it names them. */
async function hashWeights(
  sdk: typeof Transformers,
  model: PreTrainedModel,
  settings: EngineSettings,
): Promise<string | undefined> {
  const { source, dtype, device } = settings
  const names = await sdk.ModelRegistry.get_model_files(source, { config: model.config, dtype, device })
  const folders = foldersOf(sdk, settings)
  const hash = createHash('sha256')
  for (const name of names.filter((file) => /\.onnx(_data.*)?$/.test(file))) {
    const path = folders.map((folder) => join(folder, name)).find(existsSync)
    if (path === undefined) return undefined
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  }
  return hash.digest('hex')
}

import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import {
  checkSettings,
  type DriverEvent,
  InsideLLMsError,
  type JsonObject,
  type ModelDriver,
  type ModelRequest,
  type PortableOption,
} from '@insidellms/core/driver'
import { orAborted } from '../or-aborted.ts'
import { type LocalEngine, loadEngine, readWindow } from './local-engine.ts'
import { generate } from './local-generation.ts'
import { toLocalRequest } from './local-request.ts'

export interface HuggingFaceLocalSettings {
  /** A folder with an ONNX model in the hub's layout, or a model's id on the hub. */
  modelName: string
  /** The weights' type, which says what file is read: `fp32`, `fp16`, `q8`, `q4` ... Default: `fp32`. */
  dtype?: string
  /** What computes: `cpu`, `cuda`, `dml`, `coreml`, `webgpu`; -1 is the CPU, and 0 the GPU. Default: `cpu`. */
  device?: string | number
  /** Processor threads within an operation. More than 1 can move the last bits. Default: 1. */
  threads?: number
  /** Whether a model that is not on this machine may be downloaded from the hub. Default: false. */
  allowDownload?: boolean
  /** Branch, tag or commit on the hub. Default: `main`. */
  revision?: string
  /** Where downloads are kept. Default: transformers.js's own folder. */
  cacheDir?: string
  /** A Jinja template to use in place of the tokenizer's. */
  chatTemplate?: string
}

const settingNames = [
  'modelName',
  'dtype',
  'device',
  'threads',
  'allowDownload',
  'revision',
  'cacheDir',
  'chatTemplate',
] as const

const dtypes = ['fp32', 'fp16', 'int8', 'uint8', 'q8', 'q4', 'q2', 'q1', 'q4f16', 'q2f16', 'q1f16', 'bnb4'] as const
const devices = ['cpu', 'gpu', 'cuda', 'dml', 'coreml', 'webgpu', 'auto'] as const

export type LocalDtype = (typeof dtypes)[number]
export type LocalDevice = (typeof devices)[number]

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
  'topLogprobs',
]

/**
 * The driver behind `HuggingFaceLocalModel`, and behind the type `huggingface` with `backend: 'local'`. Making it reads
 * the folder's configuration; transformers.js and the weights are loaded at the first call.
 *
 * @throws {InsideLLMsError} `config` for a wrong setting, or a folder that is none of a model.
 */
export function createHuggingFaceLocalDriver(settings: HuggingFaceLocalSettings): ModelDriver {
  const { modelName, chatTemplate, revision = 'main', threads = 1, cacheDir, allowDownload = false } = settings
  checkValues(settings)
  const folder = existsSync(modelName) ? resolve(modelName) : undefined
  const about = folder === undefined ? undefined : readFolder(folder)
  const modelId = folder === undefined ? modelName : basename(folder)
  const dtype = (settings.dtype ?? 'fp32') as LocalDtype
  const device = readDevice(settings.device ?? 'cpu')
  let loading: Promise<LocalEngine> | undefined
  let closing: Promise<void> | undefined

  const ready = async (): Promise<LocalEngine> => {
    if (closing !== undefined) throw new InsideLLMsError('invalid_request', 'the model was closed. Make another one.')
    loading ??= loadEngine({
      source: folder ?? modelName,
      isFolder: folder !== undefined,
      modelId,
      dtype,
      device,
      threads,
      revision,
      allowDownload,
      ...(cacheDir !== undefined && { cacheDir }),
      ...(chatTemplate !== undefined && { chatTemplate }),
    }).catch((error: unknown) => {
      // What is missing now may be there later.
      loading = undefined
      throw error
    })
    return loading
  }

  async function* events(request: ModelRequest): AsyncGenerator<DriverEvent, void, undefined> {
    const engine = await orAborted(ready(), request.signal)
    const prompt = engine.render(request)
    const asked = toLocalRequest(request, { prompt, template: engine.template })
    yield* generate(engine, { prompt: engine.tokenize(prompt), ...asked }, request.signal)
  }

  return {
    specVersion: 1,
    supports,
    info: () => ({
      name: modelId,
      provider: 'huggingface',
      modelId,
      maxTokens: about?.window ?? null,
      supportsStreaming: true,
      supportsChat: chatTemplate !== undefined || (about?.hasTemplate ?? true),
      extra: { backend: 'local', dtype, device, ...(folder === undefined && { revision }) },
    }),
    events,
    async respond(request) {
      for await (const event of events(request)) if (event.type === 'finish') return event.response
      throw new InsideLLMsError('incomplete_stream', 'the engine stopped before the answer was complete.')
    },
    async countTokens(request) {
      const engine = await ready()
      return engine.tokenize(engine.render(request)).length
    },
    // What the engine fails at once, it fails at again.
    explainError: () => ({ code: 'server', retryable: false }),
    close: () =>
      (closing ??= (loading ?? Promise.resolve()).then(
        (engine) => engine?.close(),
        () => undefined,
      )),
  }
}

function wrong(what: string, cause?: unknown): InsideLLMsError {
  return new InsideLLMsError('config', `huggingface: ${what}.`, { provider: 'huggingface', cause })
}

function checkValues(settings: HuggingFaceLocalSettings): void {
  checkSettings('huggingface (backend: local)', settings, settingNames)
  const { modelName, dtype, threads, allowDownload } = settings
  if (typeof modelName !== 'string' || modelName === '')
    throw wrong('modelName must be a folder with an ONNX model, or the id of one on the hub')
  if (existsSync(modelName) ? !statSync(modelName).isDirectory() : !/^[\w.-]+(\/[\w.-]+)?$/.test(modelName))
    throw wrong(`there is no folder ${modelName}, and a model on the hub cannot be called so`)
  if (dtype !== undefined && !(dtypes as readonly string[]).includes(dtype))
    throw wrong(`dtype must be one of ${dtypes.join(', ')}; it is ${JSON.stringify(dtype)}`)
  if (threads !== undefined && !(Number.isSafeInteger(threads) && threads >= 1 && threads <= 512))
    throw wrong(`threads must be a whole number from 1 to 512; it is ${JSON.stringify(threads)}`)
  if (allowDownload !== undefined && typeof allowDownload !== 'boolean')
    throw wrong('allowDownload must be true or false')
  for (const name of ['revision', 'cacheDir', 'chatTemplate'] as const)
    if (settings[name] !== undefined && (typeof settings[name] !== 'string' || settings[name] === ''))
      throw wrong(`${name} must be a text that is not empty`)
}

function readDevice(given: string | number): LocalDevice {
  // The numbers of Python's pipelines.
  const device = given === -1 ? 'cpu' : given === 0 ? 'gpu' : given
  if (!(devices as readonly unknown[]).includes(device))
    throw wrong(`device must be one of ${devices.join(', ')}, -1 or 0; it is ${JSON.stringify(given)}`)
  return device as LocalDevice
}

function readFolder(folder: string): { window: number | undefined; hasTemplate: boolean } {
  const config = readJson(join(folder, 'config.json'))
  const tokenizer = existsSync(join(folder, 'tokenizer_config.json'))
    ? readJson(join(folder, 'tokenizer_config.json'))
    : {}
  const inFile = existsSync(join(folder, 'chat_template.jinja')) || existsSync(join(folder, 'chat_template.json'))
  return { window: readWindow(config), hasTemplate: inFile || Boolean(tokenizer['chat_template']) }
}

function readJson(path: string): JsonObject {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JsonObject
  } catch (cause) {
    throw wrong(`${path} cannot be read, so modelName is no folder of a model: ${(cause as Error).message}`, cause)
  }
}

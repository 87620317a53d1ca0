import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { InsideLLMsError, type Served } from '@insidellms/core/driver'
import type { Template } from '@huggingface/jinja'
import type * as NodeLlamaCpp from 'node-llama-cpp'
import type { Llama, LlamaContext, LlamaContextSequence, LlamaModel } from 'node-llama-cpp'
import { hashGguf } from './gguf-file.ts'

export type LlamaCppGpu = 'auto' | 'metal' | 'cuda' | 'vulkan' | false

/** What an engine is made of: the settings, checked, with what the file's header gave. */
export interface EngineSettings {
  modelPath: string
  /** The file's own name for the model. */
  modelName: string
  contextSize?: number
  threads?: number
  gpu: LlamaCppGpu
  gpuLayers?: number
  sequences: number
  chatTemplate?: string
}

type Sdk = typeof NodeLlamaCpp

/** One model in memory, with a context for each call that it may answer at once. */
export interface LlamaCppEngine {
  sdk: Sdk
  llama: Llama
  model: LlamaModel
  /** Tokens that prompt and answer may take together. */
  window: number
  template: Template | undefined
  sequences: Pool<LlamaContextSequence>
  /** Who answers: the same for every call. The file's hash is taken beside the first one. */
  served: Promise<Served>
  /** Ends what runs and waits, then frees the memory. The `Llama` instance stays: see `sharedLlama`. */
  close(): Promise<void>
}

/** @throws {InsideLLMsError} `config` when the model does not load or fit, `load_failed` without a binary. */
export async function loadEngine(settings: EngineSettings): Promise<LlamaCppEngine> {
  const { modelPath, gpu, gpuLayers, sequences } = settings
  const template = await compileTemplate(settings)
  const sdk = await import('node-llama-cpp')
  const llama = await sharedLlama(sdk, gpu)
  const threads = settings.threads ?? Math.max(1, Math.floor(llama.cpuMathCores / sequences))
  const made: { dispose(): Promise<void> }[] = []
  const dispose = async (): Promise<void> => {
    for (const part of made.splice(0).reverse()) await part.dispose()
  }
  try {
    const model = await llama.loadModel({ modelPath, ...(gpuLayers !== undefined && { gpuLayers }) })
    made.push(model)
    const window = settings.contextSize ?? model.trainContextSize
    const contexts: LlamaContext[] = []
    // A context each, and not one context with several sequences: llama.cpp would put their tokens into one batch,
    // and the shape of a batch changes the last bits of every number that comes out of it.
    while (contexts.length < sequences) {
      const context = await model.createContext({ contextSize: window, threads, failedCreationRemedy: false })
      made.push(context)
      contexts.push(context)
    }
    const pool = new Pool(contexts.map((context) => context.getSequence()))
    const served = describe(sdk, model, settings, threads)
    // Each answer awaits it; a file that goes away must not be an unhandled rejection before the first one does.
    served.catch(() => undefined)
    return {
      sdk,
      llama,
      model,
      window,
      template,
      sequences: pool,
      served,
      async close() {
        await pool.drain(new InsideLLMsError('aborted', 'the model was closed while this call ran or waited.'))
        await dispose()
      },
    }
  } catch (cause) {
    await dispose()
    throw await explainLoad(sdk, settings, cause)
  }
}

/** A few things that are lent out one by one. Who comes when all are out is served in the order of coming. */
export class Pool<T> {
  readonly #size: number
  readonly #free: T[]
  readonly #waiters = new Set<PromiseWithResolvers<T>>()
  /** Items whose holders wait for callers of their own. */
  #paused = 0
  #closed: Error | undefined
  #onIdle: (() => void) | undefined

  constructor(items: readonly T[]) {
    this.#size = items.length
    this.#free = [...items]
  }

  /** Rejects with the signal's reason when that comes first, and with the pool's own once it is drained. */
  async take(signal?: AbortSignal): Promise<T> {
    this.check(signal)
    const free = this.#free.shift()
    if (free !== undefined) return free
    const waiter = Promise.withResolvers<T>()
    const onAbort = (): void => {
      if (this.#waiters.delete(waiter)) waiter.reject(signal?.reason)
    }
    this.#waiters.add(waiter)
    signal?.addEventListener('abort', onAbort)
    try {
      return await waiter.promise
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  give(item: T): void {
    const [next] = this.#waiters
    if (next !== undefined) {
      this.#waiters.delete(next)
      next.resolve(item)
      return
    }
    this.#free.push(item)
    this.#tellIdle()
  }

  /** Yields a value for the holder of an item. Draining does not wait for whoever takes it; `check` afterwards. */
  *pause<Value>(value: Value): Generator<Value, void, undefined> {
    this.#paused++
    this.#tellIdle()
    try {
      yield value
    } finally {
      this.#paused--
    }
    this.check()
  }

  /** For the holder of an item, between two steps: throws when its caller aborted, or the pool is being drained. */
  check(signal?: AbortSignal): void {
    if (this.#closed !== undefined) throw this.#closed
    signal?.throwIfAborted()
  }

  /** Refuses who waits and who comes, and resolves when no item is in use. */
  async drain(reason: Error): Promise<void> {
    this.#closed = reason
    for (const waiter of this.#waiters) waiter.reject(reason)
    this.#waiters.clear()
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
      this.#tellIdle()
    })
  }

  #tellIdle(): void {
    if (this.#free.length + this.#paused === this.#size) this.#onIdle?.()
  }
}

const llamas = new Map<LlamaCppGpu, Promise<Llama>>()
/** The last lines that the engine logged as errors. */
const recentErrors: string[] = []

/**
 * One `Llama` for each kind of device, shared by all models of this process and never disposed: disposing one marks
 * the native backend as disposed for the whole process and for ever, under every other instance. It is small, keeps no
 * process alive, and node-llama-cpp disposes it at the exit.
 */
async function sharedLlama(sdk: Sdk, gpu: LlamaCppGpu): Promise<Llama> {
  let llama = llamas.get(gpu)
  if (llama === undefined) {
    llama = sdk.getLlama({
      gpu,
      // Nothing is ever compiled or downloaded.
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      // 0: a context always gets the threads that it asks for. Else their number would hang on what runs beside it.
      maxThreads: 0,
      logLevel: sdk.LlamaLogLevel.error,
      logger: (_level, message) => {
        recentErrors.push(message.trim())
        if (recentErrors.length > 8) recentErrors.shift()
      },
    })
    llamas.set(gpu, llama)
  }
  try {
    return await llama
  } catch (cause) {
    llamas.delete(gpu)
    throw new InsideLLMsError(
      'load_failed',
      `node-llama-cpp does not start on ${process.platform}-${process.arch} with gpu: ${JSON.stringify(gpu)}: ${(cause as Error).message}. Its binaries are optional dependencies (@node-llama-cpp/…), which --no-optional leaves out.`,
      { cause },
    )
  }
}

async function compileTemplate({ chatTemplate }: EngineSettings): Promise<Template | undefined> {
  if (chatTemplate === undefined) return undefined
  const { Template } = await import('@huggingface/jinja')
  try {
    return new Template(chatTemplate)
  } catch (cause) {
    throw new InsideLLMsError(
      'config',
      `the chat template cannot be read as Jinja: ${(cause as Error).message}. Set chatTemplate to one that can.`,
      { cause },
    )
  }
}

async function explainLoad(sdk: Sdk, settings: EngineSettings, cause: unknown): Promise<InsideLLMsError> {
  // The engine's log, which has the reason, comes a turn later.
  await setImmediate()
  const log = recentErrors.splice(0).join(' | ')
  const { modelPath, contextSize, sequences } = settings
  const message = (cause as Error).message
  const advice =
    cause instanceof sdk.InsufficientMemoryError || /context/i.test(message)
      ? `Set a smaller contextSize (now ${contextSize ?? "the model's own"}), or fewer sequences (now ${sequences}).`
      : 'Check that the file is complete, and that this version of node-llama-cpp knows its architecture.'
  const what = `${modelPath} does not load: ${message}${log && ` (${log})`}.`
  return new InsideLLMsError('config', `${what} ${advice}`, { cause })
}

async function describe(sdk: Sdk, model: LlamaModel, settings: EngineSettings, threads: number): Promise<Served> {
  const { llama } = model
  const fileType = model.fileInfo.metadata.general.file_type
  const quantization = fileType === undefined ? undefined : sdk.GgufFileType[fileType]?.replace(/^(ALL|MOSTLY)_/, '')
  const [sha256, version] = await Promise.all([hashGguf(settings.modelPath), sdk.getModuleVersion()])
  const engine = `llama.cpp ${llama.llamaCppRelease.release}, ${llama.gpu || 'cpu'}`
  // Whatever else may move the last bits: the processor's features, the threads, the layers on a GPU.
  const backend = JSON.stringify([engine, version, llama.systemInfo, threads, model.gpuLayers])
  return {
    model: settings.modelName,
    fingerprint: createHash('sha256').update(backend).digest('hex').slice(0, 16),
    ...(quantization !== undefined && { quantization }),
    sha256,
    engine,
    sdk: { name: 'node-llama-cpp', version },
  }
}

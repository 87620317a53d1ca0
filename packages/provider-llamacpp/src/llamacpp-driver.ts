import { basename, resolve } from 'node:path'
import {
  type ChatMessage,
  checkSettings,
  type DriverEvent,
  InsideLLMsError,
  type JsonObject,
  type ModelDriver,
  type ModelRequest,
  type PortableOption,
} from '@insidellms/core/driver'
import type { Template } from '@huggingface/jinja'
import type { LlamaModel, Token } from 'node-llama-cpp'
import { partsOf, readGgufHeader } from './gguf-file.ts'
import { type LlamaCppEngine, type LlamaCppGpu, loadEngine } from './llamacpp-engine.ts'
import { generate } from './llamacpp-generation.ts'
import { toEngineRequest } from './llamacpp-request.ts'

export interface LlamaCppSettings {
  /** A GGUF file; of a split model, any of its parts. A relative path starts at the working directory. */
  modelPath: string
  /** Tokens that prompt and answer may take together. Default: the window that the model was trained with. */
  contextSize?: number
  /** Processor threads for each call that is answered at once. Default: the cores, divided by `sequences`. */
  threads?: number
  /** Where to compute. `auto` takes what the installed binaries and the machine have. Default: `auto`. */
  gpu?: LlamaCppGpu
  /** Layers to keep on the GPU. Default: as many as fit. */
  gpuLayers?: number
  /** Calls that are answered at once, each with a context of its own; more calls wait in line. Default: 1. */
  sequences?: number
  /** A Jinja template to use in place of the file's. */
  chatTemplate?: string
}

const settingNames = ['modelPath', 'contextSize', 'threads', 'gpu', 'gpuLayers', 'sequences', 'chatTemplate'] as const

/** No model has a longer window; much above it, llama.cpp spends minutes before it refuses, or counts from 0 again. */
const limits = { contextSize: [1, 2 ** 24], threads: [1, 512], sequences: [1, 256], gpuLayers: [0, 9999] } as const
const gpus: readonly unknown[] = ['auto', 'metal', 'cuda', 'vulkan', false]

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
  'responseFormat',
]

/**
 * The driver behind `LlamaCppModel` and the type `llamacpp`. Making it reads the header of the file; node-llama-cpp and
 * the weights are loaded at the first call.
 *
 * @throws {InsideLLMsError} `config` when the file cannot be read, is no GGUF, or for a wrong setting.
 */
export function createLlamaCppDriver(settings: LlamaCppSettings): ModelDriver {
  checkValues(settings)
  const { contextSize, sequences = 1, gpu = 'auto' } = settings
  // llama.cpp finds the other parts of a split model from the first one, which has the metadata.
  const modelPath = partsOf(resolve(settings.modelPath))[0]!
  const header = readGgufHeader(modelPath)
  const modelId = basename(modelPath).replace(/\.gguf$/i, '')
  const template =
    settings.chatTemplate !== undefined ? 'settings' : header.chatTemplate !== undefined ? 'file' : 'none'
  const chatTemplate = settings.chatTemplate ?? header.chatTemplate
  let loading: Promise<LlamaCppEngine> | undefined
  let closing: Promise<void> | undefined

  const ready = async (): Promise<LlamaCppEngine> => {
    if (closing !== undefined) throw new InsideLLMsError('invalid_request', 'the model was closed. Make another one.')
    loading ??= loadEngine({
      ...settings,
      modelPath,
      modelName: header.name ?? modelId,
      gpu,
      sequences,
      ...(chatTemplate !== undefined && { chatTemplate }),
    }).catch((error: unknown) => {
      // What does not fit now may fit later.
      loading = undefined
      throw error
    })
    return loading
  }

  async function* events(request: ModelRequest): AsyncGenerator<DriverEvent, void, undefined> {
    const engine = await ready()
    const text = renderPrompt(request, engine.template, engine.model.tokens)
    const asked = toEngineRequest(request, { prompt: text, template })
    yield* generate(engine, { prompt: tokenize(engine.model, text), ...asked }, request.signal)
  }

  return {
    specVersion: 1,
    supports,
    info: () => ({
      name: modelId,
      provider: 'llamacpp',
      modelId,
      maxTokens: contextSize ?? header.contextLength ?? null,
      supportsStreaming: true,
      supportsChat: template !== 'none',
      extra: {
        backend: 'local',
        template,
        ...(header.architecture !== undefined && { architecture: header.architecture }),
      },
    }),
    events,
    async respond(request) {
      for await (const event of events(request)) if (event.type === 'finish') return event.response
      throw new InsideLLMsError('incomplete_stream', 'the engine stopped before the answer was complete.')
    },
    async countTokens(request) {
      const { model, template: chat } = await ready()
      return tokenize(model, renderPrompt(request, chat, model.tokens)).length
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

function checkValues(settings: LlamaCppSettings): void {
  checkSettings('llamacpp', settings, settingNames)
  const { modelPath, gpu, chatTemplate } = settings
  const wrong = (what: string): InsideLLMsError =>
    new InsideLLMsError('config', `llamacpp: ${what}.`, { provider: 'llamacpp' })
  if (typeof modelPath !== 'string' || modelPath === '')
    throw wrong('modelPath must name a GGUF file, such as "models/m.gguf"')
  for (const [name, [least, most]] of Object.entries(limits)) {
    const value = settings[name as keyof typeof limits]
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= least && value <= most))
      throw wrong(`${name} must be a whole number from ${least} to ${most}; it is ${JSON.stringify(value)}`)
  }
  if (gpu !== undefined && !gpus.includes(gpu))
    throw wrong(`gpu must be one of ${gpus.join(', ')}; it is ${JSON.stringify(gpu)}`)
  if (chatTemplate !== undefined && (typeof chatTemplate !== 'string' || chatTemplate === ''))
    throw wrong('chatTemplate must be a Jinja template')
}

/**
 * The text that the model goes on from. The chat template alone decides how it looks: without one, a single user
 * message is the text, and anything more is refused.
 *
 * @throws {InsideLLMsError} `unsupported` for a chat that the template, or the lack of one, cannot express.
 */
export function renderPrompt(
  { messages, providerOptions }: Pick<ModelRequest, 'messages' | 'providerOptions'>,
  template: Pick<Template, 'render'> | undefined,
  { bosString, eosString }: { bosString: string | null; eosString: string | null },
): string {
  const variables = providerOptions?.['chatTemplateVariables'] as JsonObject | undefined
  const chat = messages.map(({ role, content }) => ({ role, content: textOf(role, content) }))
  const [first] = chat
  if (template === undefined) {
    if (chat.length === 1 && first?.role === 'user' && variables === undefined) return first.content
    throw unsupported(
      'the file has no chat template, so it takes one user message, as raw text to go on from, and no variables. Set chatTemplate to the Jinja template that the model was trained with',
    )
  }
  let text: string
  try {
    text = template.render({
      // As in transformers' apply_chat_template: templates ask whether these are none.
      tools: null,
      documents: null,
      add_generation_prompt: true,
      bos_token: bosString ?? '',
      eos_token: eosString ?? '',
      ...variables,
      messages: chat,
    })
  } catch (cause) {
    throw unsupported(
      `the chat template does not take this chat: ${(cause as Error).message}. Change its roles or their order, or set chatTemplate`,
      cause,
    )
  }
  for (const [index, { role, content }] of chat.entries())
    if (role !== 'assistant' && !text.includes(content.trim()))
      throw unsupported(
        `the chat template leaves out message ${index} (${role}). Take it out of the chat, or set chatTemplate`,
      )
  return text
}

/** The tokens of a prompt. A beginning-of-sequence token is added where the model wants one and the text has none. */
function tokenize(model: LlamaModel, prompt: string): Token[] {
  const tokens = model.tokenize(prompt, true)
  const { bos, shouldPrependBosToken } = model.tokens
  return shouldPrependBosToken && bos !== null && tokens[0] !== bos ? [bos, ...tokens] : tokens
}

function textOf(role: ChatMessage['role'], content: ChatMessage['content']): string {
  if (role === 'tool') throw unsupported('it knows no tools. Take the tool messages out')
  if (typeof content === 'string') return content
  let text = ''
  for (const part of content) {
    if (part.type !== 'text')
      throw unsupported(`it reads text only, and the chat has a part of the type ${part.type}. Take it out`)
    text += part.text
  }
  return text
}

function unsupported(what: string, cause?: unknown): InsideLLMsError {
  return new InsideLLMsError('unsupported', `${what}.`, { cause })
}

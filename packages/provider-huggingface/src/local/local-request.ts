import { randomInt } from 'node:crypto'
import {
  type ChatMessage,
  InsideLLMsError,
  type JsonObject,
  type Ledger,
  type ModelRequest,
  OptionWriter,
} from '@insidellms/core/driver'
import type { PreTrainedTokenizer } from '@huggingface/transformers'

/** What one call asks of the engine. It is the response's `request`, so that it can be asked again by hand. */
export interface LocalRequest {
  /** The text that the chat template made. */
  prompt: string
  /** Where the chat template came from; with `none`, the text is the user's own. */
  template: 'tokenizer' | 'settings' | 'none'
  /** 0 takes the most likely token; 1 samples from the model's own distribution. */
  temperature: number
  /** 0 is off. */
  topK: number
  /** 1 is off. */
  topP: number
  presencePenalty?: number
  frequencyPenalty?: number
  seed?: number
  maxTokens?: number
  stop?: string[]
  logprobs?: boolean
  topLogprobs?: number
  chatTemplateVariables?: JsonObject
}

/** Off, each of them. transformers.js and a model's generation_config.json have other defaults; none is applied unasked. */
const neutral = { topK: 0, topP: 1 }

/**
 * Options to engine request.
 *
 * @param newSeed The seed of a call that samples and gives none.
 * @throws {InsideLLMsError} `invalid_request` for a value that cannot be, `unsupported` when the caller wants no losses.
 */
export function toLocalRequest(
  request: ModelRequest,
  own: Pick<LocalRequest, 'prompt' | 'template'>,
  newSeed: () => number = () => randomInt(2 ** 32),
): { body: LocalRequest; ledger: Ledger } {
  const { options } = request
  const { temperature = 0, seed, topLogprobs, logprobs } = options
  checkValues(request)
  const writer = new OptionWriter(request, 'huggingface')
  for (const option of ['topP', 'topK', 'maxTokens', 'stop', 'presencePenalty', 'frequencyPenalty'] as const)
    writer.send(option, `/${option}`)
  if (options.temperature !== undefined) writer.send('temperature', '/temperature')
  else writer.adjust('temperature', '/temperature', 0, 'none was asked for, and the engine must have one')
  if (seed === undefined) {
    if (temperature > 0) writer.adjust('seed', '/seed', newSeed(), 'none was asked for: chosen at random')
  } else if (seed >= 0) writer.send('seed', '/seed')
  else writer.map('seed', '/seed', Math.abs, "without its sign, as Python's generator takes it")
  writer.send('logprobs', '/logprobs')
  if (topLogprobs && !logprobs) writer.refuse('topLogprobs', 'it needs logprobs: true')
  else writer.send('topLogprobs', '/topLogprobs')
  const { body, ledger } = writer.finish({ ...own })
  return { body: { ...neutral, ...body } as LocalRequest, ledger }
}

function checkValues({ options, providerOptions = {} }: ModelRequest): void {
  const { temperature = 0, topP = 1, stop = [] } = options
  const wrong = (what: string): InsideLLMsError => new InsideLLMsError('invalid_request', `${what}.`)
  if (temperature < 0) throw wrong(`temperature must be 0 or more; it is ${temperature}`)
  if (topP < 0 || topP > 1) throw wrong(`topP must be from 0 to 1; it is ${topP}`)
  if (stop.includes('')) throw wrong('a stop text must not be empty')
  for (const [name, value] of Object.entries(providerOptions)) {
    if (name !== 'chatTemplateVariables')
      throw wrong(`providerOptions has no "${name}". It takes: chatTemplateVariables`)
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw wrong('providerOptions.chatTemplateVariables must be an object')
  }
}

/**
 * The text that the model goes on from. The chat template alone decides how it looks: without one, a single user message
 * is the text, and anything more is refused.
 *
 * @throws {InsideLLMsError} `unsupported` for a chat that the template, or the lack of one, cannot express.
 */
export function renderPrompt(
  { messages, providerOptions }: Pick<ModelRequest, 'messages' | 'providerOptions'>,
  tokenizer: Pick<PreTrainedTokenizer, 'apply_chat_template'> | undefined,
  chatTemplate: string | undefined,
): string {
  const variables = providerOptions?.['chatTemplateVariables'] as JsonObject | undefined
  const chat = messages.map(({ role, content }) => ({ role, content: textOf(role, content) }))
  const [first] = chat
  if (tokenizer === undefined) {
    if (chat.length === 1 && first?.role === 'user' && variables === undefined) return first.content
    throw unsupported(
      'the tokenizer has no chat template, so the model takes one user message, as raw text to go on from, and no variables. Set chatTemplate to the Jinja template that it was trained with',
    )
  }
  let text: string
  try {
    text = tokenizer.apply_chat_template(chat, {
      ...variables,
      tokenize: false,
      add_generation_prompt: true,
      ...(chatTemplate !== undefined && { chat_template: chatTemplate }),
    }) as string
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

function textOf(role: ChatMessage['role'], content: ChatMessage['content']): string {
  if (role === 'tool') throw unsupported('it knows no tools. Take the tool messages out')
  if (typeof content === 'string') return content
  return content
    .map((part) => {
      if (part.type === 'text') return part.text
      throw unsupported(`it reads text only, and the chat has a part of the type ${part.type}. Take it out`)
    })
    .join('')
}

function unsupported(what: string, cause?: unknown): InsideLLMsError {
  return new InsideLLMsError('unsupported', `${what}.`, { cause })
}

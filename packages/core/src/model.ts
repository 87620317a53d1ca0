import type { ChatMessage } from './chat-message.ts'
import { abortedError } from './deadline.ts'
import type { GenerateOptions } from './generate-options.ts'
import { InsideLLMsError } from './insidellms-error.ts'
import type { ModelEvent } from './model-event.ts'
import type { ModelInfo } from './model-info.ts'
import type { Ledger, LedgerEntry, ModelResponse } from './model-response.ts'
import { checkOptions, isPortableOption } from './portable-options.ts'
import { TextStream } from './text-stream.ts'

export interface BatchOptions extends GenerateOptions {
  /** Calls in flight at once. Default: 8. */
  concurrency?: number
}

/**
 * A language model. A subclass needs `generate` and `info`, nothing more; it then works in every probe, runner and
 * command. A package for others to install is better written as a `ModelDriver`.
 *
 * @example
 * ```ts
 * class ShoutingModel extends Model {
 *   async generate(prompt: string) { return prompt.toUpperCase() }
 *   info() { return { name: this.name, provider: 'shouting', modelId: 'shouting-1', maxTokens: null,
 *     supportsStreaming: false, supportsChat: false, extra: {} } }
 * }
 * ```
 */
export abstract class Model implements AsyncDisposable {
  readonly name: string

  /** @param name What it is shown as. Default: the class's name. */
  constructor(name?: string) {
    this.name = name ?? new.target.name
  }

  abstract generate(prompt: string, options?: GenerateOptions): Promise<string>

  abstract info(): ModelInfo

  /** The answer's text. `chat([{ role: 'user', content: p }])` sends the same bytes as `generate(p)`. */
  async chat(messages: ChatMessage[], options?: GenerateOptions): Promise<string> {
    return (await this.respond(messages, options)).text
  }

  /**
   * The answer's text, piece by piece. The request starts at the first iteration or the first touch of `.response`;
   * errors are thrown to the reader; `break` aborts the request.
   */
  stream(input: string | ChatMessage[], options?: GenerateOptions): TextStream {
    return new TextStream(() => this.events(input, options))
  }

  /**
   * The whole answer with all that is known of it.
   *
   * @throws {InsideLLMsError} what went wrong, by its `code`.
   */
  async respond(input: string | ChatMessage[], options?: GenerateOptions): Promise<ModelResponse> {
    const startedAt = new Date()
    const start = performance.now()
    const prompt = this.#promptOf(input)
    checkOptions(options)
    const text = await this.generate(prompt, options)
    if (typeof text !== 'string')
      throw new InsideLLMsError(
        'invalid_response',
        `${this.name}: generate() must resolve to a text; it gave ${typeof text}.`,
      )
    return {
      text,
      parts: [{ type: 'text', text }],
      finish: { kind: 'other', raw: null },
      ledger: handedOver(options, this.name),
      served: {},
      timing: { startedAt: startedAt.toISOString(), totalMs: performance.now() - start, attempts: 1 },
    }
  }

  /** Deltas, then one `finish` event with the whole answer. */
  async *events(input: string | ChatMessage[], options?: GenerateOptions): AsyncIterable<ModelEvent> {
    const response = await this.respond(input, options)
    if (response.text !== '') yield { type: 'text', text: response.text }
    yield { type: 'finish', response }
  }

  /** Answers many inputs, in their order. The first error ends it and aborts what is under way. */
  async batch(inputs: readonly (string | ChatMessage[])[], options: BatchOptions = {}): Promise<ModelResponse[]> {
    const { concurrency = 8, signal, ...rest } = options
    if (!Number.isSafeInteger(concurrency) || concurrency < 1)
      throw new InsideLLMsError('invalid_request', `concurrency must be a whole number above 0; it is ${concurrency}.`)
    const responses = Array.from<ModelResponse>({ length: inputs.length })
    const controller = new AbortController()
    const follow = (): void => controller.abort(signal?.reason)
    if (signal?.aborted) follow()
    else signal?.addEventListener('abort', follow)
    let next = 0
    const work = async (): Promise<void> => {
      while (next < inputs.length) {
        if (controller.signal.aborted) throw abortedError(controller.signal.reason)
        const index = next++
        responses[index] = await this.respond(inputs[index]!, { ...rest, signal: controller.signal })
      }
    }
    try {
      await Promise.all(Array.from({ length: Math.min(concurrency, inputs.length) }, work))
    } catch (error) {
      next = inputs.length
      controller.abort()
      throw error
    } finally {
      signal?.removeEventListener('abort', follow)
    }
    return responses
  }

  /** Frees sockets and memory. The model cannot be used afterwards. */
  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** We never invent a prompt template: it would change what is measured. */
  #promptOf(input: string | ChatMessage[]): string {
    if (typeof input === 'string') return input
    const [message, ...others] = input
    if (others.length === 0 && message?.role === 'user' && typeof message.content === 'string') return message.content
    throw new InsideLLMsError(
      'unsupported',
      `${this.name} takes one user message with text only, because it implements generate() alone. Override respond(), or write a ModelDriver, to take whole chats.`,
    )
  }
}

/** A bare `generate` gets every option; only its author knows what it does with them, and the ledger says that much. */
function handedOver(options: GenerateOptions | undefined, name: string): Ledger {
  const ledger: Ledger = {}
  const entry: LedgerEntry = {
    status: 'mapped',
    reason: `handed to ${name}.generate(), which does not report what it sent`,
  }
  for (const [option, value] of Object.entries(options ?? {}))
    if (isPortableOption(option) && value !== undefined) ledger[option] = { ...entry }
  for (const key of Object.keys(options?.providerOptions ?? {})) ledger[`providerOptions.${key}`] = { ...entry }
  return ledger
}

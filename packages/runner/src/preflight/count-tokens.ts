import type { ChatMessage, GenerateOptions, Model } from '@insidellms/core'

/** UTF-8 bytes of a token, on average over languages and vendors; English has a little more. */
export const bytesPerToken = 4
/** What a picture takes at most, about, at the vendors that say so. */
const tokensPerImage = 1_600
/** Role and separators. */
const tokensPerMessage = 4

type Counting = Model & { countTokens?(input: ChatMessage[], options?: GenerateOptions): Promise<number> }

/**
 * Tokens of a prompt, without a request: by the model's own count where it runs in this process and says so
 * (`extra.backend` is `local`), else estimated.
 */
export async function countTokens(
  model: Model,
  messages: ChatMessage[],
  options: GenerateOptions,
): Promise<{ tokens: number; estimated: boolean }> {
  const { countTokens: count } = model as Counting
  if (count !== undefined && model.info().extra['backend'] === 'local')
    try {
      return { tokens: await count.call(model, messages, options), estimated: false }
    } catch {
      // A model that is not downloaded, or a prompt that it refuses: the run will say why.
    }
  return { tokens: estimateTokens(messages, options), estimated: true }
}

/** A guess, for windows and costs; no vendor counts like this. */
export function estimateTokens(messages: readonly ChatMessage[], options: Pick<GenerateOptions, 'tools'> = {}): number {
  let tokens = options.tools === undefined ? 0 : bytes(JSON.stringify(options.tools)) / bytesPerToken
  for (const message of messages) {
    tokens += tokensPerMessage
    const { content } = message
    if (typeof content === 'string') tokens += bytes(content) / bytesPerToken
    else
      for (const part of content)
        tokens += part.type === 'image' ? tokensPerImage : bytes(JSON.stringify(part)) / bytesPerToken
  }
  return Math.ceil(tokens)
}

function bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}

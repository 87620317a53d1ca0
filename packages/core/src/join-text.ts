import type { ResponsePart } from './chat-message.ts'

/** The text parts of an answer, joined without a separator, as a stream of them would read. */
export function joinText(parts: readonly ResponsePart[]): string {
  let text = ''
  for (const part of parts) if (part.type === 'text') text += part.text
  return text
}

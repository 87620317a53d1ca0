import type { AssistantMessage, ChatMessage, ImagePart, ResponsePart } from '../chat-message.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { joinText } from '../join-text.ts'
import { toBase64 } from '../to-base64.ts'
import type { ChatQuirks } from './chat-quirks.ts'

/** Messages in the vendor's shape, and what of them has no place there. */
export interface ChatMessages {
  messages: JsonObject[]
  /** Kinds of parts that were left out of earlier turns. */
  leftOut: ReadonlySet<string>
}

export function toChatMessages(messages: readonly ChatMessage[], quirks: ChatQuirks): ChatMessages {
  const leftOut = new Set<string>()
  return { messages: messages.map((message) => toChatMessage(message, quirks, leftOut)), leftOut }
}

function toChatMessage(message: ChatMessage, quirks: ChatQuirks, leftOut: Set<string>): JsonObject {
  switch (message.role) {
    case 'system':
      return { role: quirks.systemRole ?? 'system', content: message.content }
    case 'user':
      return {
        role: 'user',
        content:
          typeof message.content === 'string'
            ? message.content
            : message.content.map((part) => (part.type === 'text' ? { type: 'text', text: part.text } : toImage(part))),
      }
    case 'assistant':
      return toAssistant(message, quirks, leftOut)
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.content }
  }
}

function toImage({ image, mediaType = 'image/png', detail }: ImagePart): JsonObject {
  const url = typeof image === 'string' ? image : `data:${mediaType};base64,${toBase64(image)}`
  return { type: 'image_url', image_url: { url, ...(detail !== undefined && { detail }) } }
}

function toAssistant({ content }: AssistantMessage, quirks: ChatQuirks, leftOut: Set<string>): JsonObject {
  if (typeof content === 'string') return { role: 'assistant', content }
  const toolCalls: JsonValue[] = []
  const refusal = content.map((part) => (part.type === 'refusal' ? part.text : '')).join('')
  for (const part of content) {
    if (part.type === 'tool-call')
      toolCalls.push({ id: part.id, type: 'function', function: { name: part.name, arguments: part.arguments } })
    else if (part.type === 'other') leftOut.add(part.kind)
  }
  const text = joinText(content)
  return {
    role: 'assistant',
    // The API wants null, and not an empty text, beside tool calls.
    content: text === '' && (toolCalls.length > 0 || refusal !== '') ? null : text,
    ...(refusal !== '' && { refusal }),
    ...reasoning(content, quirks.assistantReasoningField, leftOut),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  }
}

function reasoning(
  content: readonly ResponsePart[],
  field: ChatQuirks['assistantReasoningField'],
  leftOut: Set<string>,
): JsonObject {
  const parts = content.filter((part) => part.type === 'reasoning')
  if (parts.length === 0) return {}
  if (field === undefined) {
    leftOut.add('reasoning')
    return {}
  }
  if (field !== 'reasoning_details') return { [field]: parts.map(({ text }) => text).join('') }
  const details = parts.flatMap(({ providerMetadata }) => providerMetadata?.['reasoning_details'] ?? [])
  return details.length > 0 ? { reasoning_details: details } : {}
}

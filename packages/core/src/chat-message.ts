import type { JsonObject } from './json.ts'

export interface TextPart {
  type: 'text'
  text: string
  /** Citations and other notes that the vendor attached to this text, as received. */
  annotations?: JsonObject[]
  /** What the vendor wants back unchanged on the next turn (ids, signatures). */
  providerMetadata?: JsonObject
}

export interface ImagePart {
  type: 'image'
  /** An `https:` URL that the vendor fetches, or the image itself. */
  image: string | Uint8Array
  /** IANA media type; needed for bytes. Default: `image/png` for bytes. */
  mediaType?: string
  /** Resolution that the vendor should read the image at, where it has the notion. */
  detail?: 'auto' | 'low' | 'high'
}

/** The model's own thinking, as far as the vendor shows it. */
export interface ReasoningPart {
  type: 'reasoning'
  text: string
  providerMetadata?: JsonObject
}

export interface ToolCallPart {
  type: 'tool-call'
  /** Joins the call to its result. Taken from the vendor; `call_0`, `call_1` ... where it gives none. */
  id: string
  name: string
  /** JSON text as the model wrote it. It may be malformed: that is evidence, not an error. */
  arguments: string
  providerMetadata?: JsonObject
}

export interface RefusalPart {
  type: 'refusal'
  text: string
}

/** A block of the vendor's answer that has no portable form, kept whole. */
export interface OtherPart {
  type: 'other'
  /** The vendor's name of the block, such as `web_search_call`. */
  kind: string
  data: JsonObject
}

/** A part of an answer. Parts of a response can be sent back as the content of an assistant message. */
export type ResponsePart = TextPart | ReasoningPart | ToolCallPart | RefusalPart | OtherPart

export interface SystemMessage {
  role: 'system'
  content: string
}

export interface UserMessage {
  role: 'user'
  content: string | (TextPart | ImagePart)[]
}

export interface AssistantMessage {
  role: 'assistant'
  content: string | ResponsePart[]
}

/** The result of a tool call, given back to the model. */
export interface ToolMessage {
  role: 'tool'
  toolCallId: string
  /** Name of the tool; some vendors (Gemini, Ollama) join results by name. */
  toolName?: string
  content: string
  isError?: boolean
}

export type ChatMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage

import type { ChatMessage, GenerateOptions } from '@insidellms/core'
import { canonicalJson } from '../canonical-json.ts'
import { sha256 } from '../sha256.ts'

/** What was asked, as canonical JSON texts that are used for hashes and for calls.jsonl alike. */
export interface CallRequest {
  messages: string
  options: string
  hash: string
}

/** @param options As `optionsText` gives it. */
export function describeRequest(model: string, input: string | ChatMessage[], options: string): CallRequest {
  const messages =
    typeof input === 'string' ? `[{"content":${JSON.stringify(input)},"role":"user"}]` : canonicalJson(input.map(plain))
  return { messages, options, hash: sha256(`{"messages":${messages},"model":${model},"options":${options}}`) }
}

/** The options that can change an answer. */
export function optionsText(options: GenerateOptions): string {
  const { signal: _signal, timeoutMs: _timeoutMs, onUnsupported: _onUnsupported, ...rest } = options
  if (typeof rest.stop === 'string') rest.stop = [rest.stop]
  return canonicalJson(rest)
}

/** Bytes of images have no JSON form of their own. */
function plain(message: ChatMessage): unknown {
  if (typeof message.content === 'string') return message
  const content = message.content.map((part) =>
    part.type === 'image' && typeof part.image !== 'string'
      ? { ...part, image: { base64: Buffer.from(part.image).toString('base64') } }
      : part,
  )
  return { ...message, content }
}

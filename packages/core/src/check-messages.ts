import type { ChatMessage } from './chat-message.ts'
import { InsideLLMsError } from './insidellms-error.ts'

/** The kinds of parts that each role's content may hold; a role without a list takes text only. */
const partsOf: Readonly<Record<ChatMessage['role'], readonly string[] | undefined>> = {
  system: undefined,
  user: ['text', 'image'],
  assistant: ['text', 'reasoning', 'tool-call', 'refusal', 'other'],
  tool: undefined,
}

/**
 * A part that a driver does not know would be dropped on the way to the model; it is refused here.
 *
 * @throws {InsideLLMsError} `invalid_request`, naming the message and the part.
 */
export function checkMessages(messages: ChatMessage[]): ChatMessage[] {
  if (!Array.isArray(messages))
    throw wrong(
      `The input must be a text or a list of messages; it is ${messages === null ? 'null' : typeof messages}.`,
    )
  if (messages.length === 0) throw wrong('A chat needs at least one message: [{ role: "user", content: "Hi" }].')
  for (let index = 0; index < messages.length; index++) checkMessage(messages[index]!, index)
  return messages
}

function checkMessage(message: ChatMessage, index: number): void {
  const role = message?.role
  if (!Object.hasOwn(partsOf, role ?? ''))
    throw wrong(
      `Message ${index} has the role ${JSON.stringify(role)}; the roles are ${Object.keys(partsOf).join(', ')}.`,
    )
  if (role === 'tool' && typeof message.toolCallId !== 'string')
    throw wrong(`Message ${index} (tool) needs toolCallId, the id of the call that it answers.`)
  const { content } = message
  if (typeof content === 'string') return
  const kinds = partsOf[role]
  if (!Array.isArray(content) || kinds === undefined)
    throw wrong(`Message ${index} (${role}) needs content: a text${kinds === undefined ? '' : ' or a list of parts'}.`)
  for (const [place, part] of content.entries()) {
    if (!kinds.includes(part?.type))
      throw wrong(
        `Part ${place} of message ${index} (${role}) has the type ${JSON.stringify(part?.type)}; there it can be ${kinds.join(', ')}.`,
      )
    if ('text' in part && typeof part.text !== 'string')
      throw wrong(`Part ${place} of message ${index} (${role}) must have a text; it is ${typeof part.text}.`)
    if (part.type === 'image' && typeof part.image !== 'string' && !(part.image instanceof Uint8Array))
      throw wrong(`Part ${place} of message ${index} (${role}) needs image: a URL or the bytes (Uint8Array).`)
  }
}

function wrong(message: string): InsideLLMsError {
  return new InsideLLMsError('invalid_request', message)
}

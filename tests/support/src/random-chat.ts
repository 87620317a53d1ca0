import type { ChatMessage } from '@insidellms/core'
import fc from 'fast-check'

const text = fc.string({ minLength: 1, maxLength: 20 })
const systemMessage = fc.record({ role: fc.constant('system' as const), content: text })
const turns: fc.Arbitrary<ChatMessage>[] = [
  fc.record({ role: fc.constant('user' as const), content: text }),
  fc.constant<ChatMessage>({
    role: 'user',
    content: [
      { type: 'text', text: 'What is this?' },
      { type: 'image', image: new Uint8Array([137, 80, 78, 71]), detail: 'low' },
      { type: 'image', image: 'https://example.com/cat.png' },
      { type: 'image', image: 'data:image/gif;base64,R0lGODlhAQABAAAAACw=' },
    ],
  }),
  fc.constant<ChatMessage>({ role: 'tool', toolCallId: 'call_1', content: 'blue' }),
  fc.constant<ChatMessage>({ role: 'assistant', content: 'Hello.' }),
]

/**
 * Turns of every kind in any order, `own` among them, and a question at the end.
 *
 * @param system Where the vendor takes system messages.
 */
export function randomChat(own: readonly ChatMessage[], system: 'anywhere' | 'first'): fc.Arbitrary<ChatMessage[]> {
  const kinds = [...turns, ...own.map((message) => fc.constant(message))]
  const chat = fc.array(fc.oneof(...kinds, ...(system === 'anywhere' ? [systemMessage] : [])), { maxLength: 5 })
  const leading = fc.array(systemMessage, { maxLength: system === 'first' ? 2 : 0 })
  return fc.tuple(leading, chat).map(([first, rest]) => [...first, ...rest, { role: 'user', content: 'Go on.' }])
}

import type { JsonObject, ModelResponse, ResponsePart } from '@insidellms/core'
import {
  askReplayed,
  failureOf,
  loadBodyValidator,
  loadRecordings,
  type Recording,
  recordedEvents,
  showApis,
} from '@insidellms/test-support'
import { describe, expect, it } from 'vitest'
import { bodyOf, withModel } from './support.ts'

const recordings = loadRecordings('cohere')
const chats = recordings.filter(({ api }) => api === 'v2.chat')
const validate = loadBodyValidator('cohere.openapi.yaml', '/v2/chat')

describe.skipIf(recordings.length === 0)('recordings of Cohere (needs ../shared/recordings)', () => {
  it.for(chats.filter(({ status }) => status === 200))('reads $file without loss', async (recording) => {
    const { response, text } = await askReplayed(withModel, recording)
    expectAll(response, recording)
    expect(text).toBe(response.text)
  })

  it.for(chats.filter(({ status }) => status === 200))(
    'gives $file back to the vendor as it came',
    async (recording) => {
      const { response } = await askReplayed(withModel, recording)
      const { body } = await bodyOf(
        [
          { role: 'user', content: 'hello' },
          { role: 'assistant', content: response.parts },
          { role: 'user', content: 'go on' },
        ],
        {},
      )
      const { content, tool_plan, tool_calls, citations } = messageOf(recording)
      const said = (content as { text?: string }[]).filter((block) => block.text !== '')
      expect(body['messages'][1]).toEqual({
        role: 'assistant',
        ...(said.length > 0 && { content: said }),
        ...(tool_plan && { tool_plan }),
        ...(tool_calls.length > 0 && { tool_calls }),
        ...(citations.length > 0 && { citations }),
      })
      expect(validate?.(body) ?? []).toEqual([])
      expect(response.ledger['messages']).toBeUndefined()
    },
  )

  it.for(chats.filter(({ status }) => status !== 200))('throws the error of $file', async (recording) => {
    const { status, code, message, requestId } = await failureOf(askReplayed(withModel, recording))
    const body = JSON.parse(recording.body.toString())
    const codes: Record<number, string> = { 400: 'invalid_request', 401: 'auth', 404: 'not_found' }
    expect({ status, code }).toEqual({ status: recording.status, code: codes[recording.status] })
    expect(requestId).toBe(recording.headers['x-debug-trace-id'] ?? body.id)
    expect(message).toContain(body.message.slice(0, 60))
  })

  it('leaves out only what another API answered', () => {
    const rows = showApis(recordings, ({ api }) => (api === 'v2.chat' ? undefined : 'no v2 chat'))
    expect(rows.map(({ api }) => api).filter((api) => /chat/.test(api))).toEqual(['v1.chat', 'v2.chat'])
  })
})

/** The recorded message with all its lists, put together in this test's own way. */
function messageOf(
  recording: Recording,
): Record<'content' | 'tool_calls' | 'citations', any[]> & { tool_plan: string } {
  const events = recordedEvents(recording)
  if (!recording.streamed) {
    const { content = [], tool_plan = '', tool_calls = [], citations = [] } = events[0]!['message']
    return { content, tool_plan, tool_calls, citations }
  }
  const of = (kind: RegExp): Record<string, any>[] => events.filter(({ type }) => kind.test(type))
  const grouped = (kind: RegExp): Record<string, any>[][] =>
    [...Map.groupBy(of(kind), ({ index }) => index).entries()].sort(([a], [b]) => a - b).map(([, group]) => group)
  const content = grouped(/^content-(start|delta)$/).map((group) => {
    const pieces = group.map(({ delta }) => delta.message.content)
    const field = pieces[0].type === 'thinking' ? 'thinking' : 'text'
    return { type: field, [field]: pieces.map((piece) => piece[field] ?? '').join('') }
  })
  const calls = grouped(/^tool-call-(start|delta)$/).map((group) => {
    const pieces = group.map(({ delta }) => delta.message.tool_calls)
    const text = pieces.map((piece) => piece.function.arguments ?? '').join('')
    return { ...pieces[0], function: { ...pieces[0].function, arguments: text } }
  })
  return {
    content,
    tool_plan: of(/^tool-plan-delta$/)
      .map(({ delta }) => delta.message.tool_plan)
      .join(''),
    tool_calls: calls,
    citations: of(/^citation-start$/).map(({ delta }) => delta.message.citations),
  }
}

/** Walks the recorded bytes by itself and looks for everything in them. */
function expectAll(response: ModelResponse, recording: Recording): void {
  const events = recordedEvents(recording)
  const { content, tool_plan, tool_calls, citations } = messageOf(recording)
  const end = recording.streamed ? events.find(({ type }) => type === 'message-end')!['delta'] : events[0]!
  expect(response.text).toBe(content.map(({ text }) => text ?? '').join(''))
  const reasoning = response.parts.filter(({ type }) => type === 'reasoning') as { text: string }[]
  expect(reasoning.map(({ text }) => text)).toEqual([
    ...(tool_plan ? [tool_plan] : []),
    ...content.filter(({ type }) => type === 'thinking').map(({ thinking }) => thinking),
  ])
  const calls = response.parts.filter(({ type }) => type === 'tool-call')
  expect(calls.map(({ id, name, arguments: text }: any) => [id, name, text])).toEqual(
    tool_calls.map(({ id, function: called }) => [id, called.name, called.arguments]),
  )
  expect(response.parts.flatMap(citationsOf)).toEqual(citations)
  expect(response.parts.filter(({ type }) => type === 'other')).toEqual([])
  expect(response.finish.raw).toBe(end['finish_reason'])
  const kinds: Record<string, string> = { COMPLETE: 'stop', MAX_TOKENS: 'length', TOOL_CALL: 'tool-calls' }
  expect(response.finish.kind).toBe(kinds[end['finish_reason']])
  const { usage } = end
  const figure = (name: string, value: unknown): object => (value === undefined ? {} : { [name]: value })
  expect(response.usage).toEqual({
    inputTokens: usage.tokens.input_tokens,
    outputTokens: usage.tokens.output_tokens,
    ...figure('reasoningTokens', usage.tokens.reasoning_tokens),
    ...figure('cachedInputTokens', usage.cached_tokens),
    raw: usage,
  })
  const id = events.map((event) => event['id']).find(Boolean)
  expect(response.served).toEqual({
    ...figure('responseId', id),
    ...figure('requestId', recording.headers['x-debug-trace-id']),
    sdk: { name: 'cohere-ai', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) },
  })
  expect(response.raw).toEqual(recording.streamed ? events : events[0])
  expect(JSON.parse(JSON.stringify(response))).toEqual(response)
}

function citationsOf(part: ResponsePart): JsonObject[] {
  if (part.type === 'text') return part.annotations ?? []
  const own = part.type === 'reasoning' ? (part.providerMetadata?.['cohere'] as JsonObject) : {}
  return (own['citations'] ?? []) as JsonObject[]
}

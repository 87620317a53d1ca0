import {
  askReplayed,
  expectChatCompletion,
  failureOf,
  loadRecordings,
  type Recording,
  recordedEvents,
  showApis,
} from '@insidellms/test-support'
import type { ModelResponse } from '@insidellms/core'
import { describe, expect, it } from 'vitest'
import { withModel } from './support.ts'

const recordings = loadRecordings('openai')
const chat = recordings.filter(({ api }) => api === 'chat.completions')
const responses = recordings.filter(({ api }) => api === 'responses')

/** A fixture whose deltas were shortened by hand, so that they are not the text of its own last event. */
const disagreesWithItself = /openai-shell-container\.1\.chunks/

describe.skipIf(recordings.length === 0)('recordings of OpenAI (needs ../shared/recordings)', () => {
  it.for(chat.filter(isAnswer))('chat: reads $file without loss', async (recording) => {
    const { response, text } = await askReplayed(withModel, recording, { api: 'chat' })
    expectChatCompletion(response, recording)
    expect(text).toBe(response.text)
  })

  it.for(responses.filter(isAnswer))('responses: reads $file without loss', async (recording) => {
    const { response, text } = await askReplayed(withModel, recording, { api: 'responses' })
    expectResponses(response, recording)
    if (!disagreesWithItself.test(recording.file)) expect(text).toBe(response.text)
  })

  it.for([...chat, ...responses].filter((recording) => !isAnswer(recording)))(
    'throws the error of $file',
    async (recording) => {
      const api = recording.api === 'responses' ? 'responses' : 'chat'
      const { status, code, message, requestId } = await failureOf(askReplayed(withModel, recording, { api }))
      if (recording.status !== 200) {
        const overflow = recording.body.includes('context_length_exceeded')
        const byStatus = { 400: 'invalid_request', 401: 'auth', 404: 'not_found' } as Record<number, string>
        expect({ status, code }).toEqual({
          status: recording.status,
          code: overflow ? 'context_overflow' : byStatus[recording.status],
        })
        expect(requestId).toBe(recording.headers['x-request-id'])
        const said = JSON.parse(recording.body.toString()).error.message as string
        expect(message).toContain(said.slice(0, 60))
      } else expect(['server', 'rate_limited', 'invalid_request']).toContain(code)
    },
  )

  it('leaves out only what another API answered', () => {
    const read = ['chat.completions', 'responses']
    const rows = showApis(recordings, ({ api }) => (read.includes(api) ? undefined : 'another API'))
    const foreign = ['completions', 'embeddings', 'moderations', 'responses.other', 'unknown']
    expect(rows.map(({ api }) => api).filter((api) => !foreign.includes(api))).toEqual(read)
  })
})

function isAnswer({ status, body }: Recording): boolean {
  return status === 200 && !/^data: .*"type":\s*"(error|response\.failed)"/m.test(body.toString())
}

function expectResponses(response: ModelResponse, recording: Recording): void {
  const all = recordedEvents(recording)
  const body = recording.streamed
    ? all.find(({ type }) => /^response\.(completed|incomplete)$/.test(type))!['response']
    : all[0]!
  const items = body['output'] as Record<string, any>[]
  const content = items.flatMap((item) => (item['type'] === 'message' ? item['content'] : []))
  expect(response.text).toBe(content.map(({ text }) => text ?? '').join(''))
  const expected = items.flatMap((item) => {
    if (item['type'] === 'message')
      return item['content'].map(({ type }: { type: string }) => (type === 'output_text' ? 'text' : type))
    if (item['type'] === 'function_call') return ['tool-call']
    return [item['type'] === 'reasoning' ? 'reasoning' : `other ${item['type']}`]
  })
  expect(response.parts.map((part) => (part.type === 'other' ? `other ${part.kind}` : part.type))).toEqual(expected)
  const calls = items.filter(({ type }) => type === 'function_call')
  const read = response.parts.filter(({ type }) => type === 'tool-call')
  expect(read.map(({ id, name, arguments: text }: any) => [id, name, text])).toEqual(
    calls.map(({ call_id, name, arguments: text }) => [call_id, name, text]),
  )
  for (const [index, part] of response.parts.entries())
    if (part.type === 'other') expect(items).toContainEqual(part.data ?? index)
  const thoughts = items
    .filter(({ type }) => type === 'reasoning')
    .flatMap(({ summary }) => summary.map(({ text }: { text: string }) => text))
  const readThoughts = response.parts
    .filter(({ type }) => type === 'reasoning')
    .map((part) => (part as { text: string }).text)
    .join('\n\n')
  for (const thought of thoughts) expect(readThoughts).toContain(thought)
  expect(response.finish.raw).toBe(body['incomplete_details']?.reason ?? body['status'])
  expect(response.usage?.inputTokens).toBe(body['usage']?.input_tokens)
  expect(response.usage?.outputTokens).toBe(body['usage']?.output_tokens)
  expect(response.usage?.reasoningTokens).toBe(body['usage']?.output_tokens_details?.reasoning_tokens)
  expect(response.served).toMatchObject({ model: body['model'], responseId: body['id'] })
  expect(response.served.requestId).toBe(recording.headers['x-request-id'])
  expect(JSON.parse(JSON.stringify(response))).toEqual(response)
}

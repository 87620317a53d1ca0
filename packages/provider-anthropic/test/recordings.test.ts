import { InsideLLMsError, type ModelResponse, type ResponsePart } from '@insidellms/core'
import {
  askReplayed,
  failureOf,
  loadBodyValidator,
  loadRecordings,
  type Recording,
  recordedEvents,
  replay,
  showApis,
} from '@insidellms/test-support'
import { describe, expect, it } from 'vitest'
import { bodyOf, withModel } from './support.ts'

const anthropic = loadRecordings('anthropic')
/** Ollama speaks the same API. */
const ollama = loadRecordings('ollama').filter(({ api }) => api === 'messages')
const messages = [...anthropic.filter(({ api }) => api === 'messages'), ...ollama].flatMap(answersIn)
const counts = anthropic.filter(({ api }) => api === 'count_tokens')

const validate = loadBodyValidator('anthropic.tryagi.openapi.yaml', '/v1/messages?beta=true')

describe.skipIf(anthropic.length === 0)('recordings of Anthropic (needs ../shared/recordings)', () => {
  it.for(messages.filter(isAnswer))('reads $file without loss', async (recording) => {
    const { response, text } = await askReplayed(withModel, recording)
    expectAll(response, recording)
    expect(text).toBe(response.text)
  })

  it.for(messages.filter(isAnswer))('gives $file back to the vendor as it came', async (recording) => {
    const { response } = await askReplayed(withModel, recording)
    const { body } = await bodyOf(
      [
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: response.parts },
        { role: 'user', content: 'go on' },
      ],
      {},
    )
    const events = recordedEvents(recording)
    const message = recording.streamed ? assembled(events) : events[0]!
    const expected = message['content'].filter(({ text }: { text?: string }) => text !== '').map(returnedBlock)
    expect(body['messages'][1]).toEqual({ role: 'assistant', content: expected })
    // Ollama signs no thinking, and the published schema is older than fallbacks.
    const beyond = expected.some(
      (block: any) => block.type === 'fallback' || (block.type === 'thinking' && !block.signature),
    )
    if (!beyond) expect(validate?.(body) ?? []).toEqual([])
  })

  it.for(messages.filter((recording) => !isAnswer(recording)))('throws the error of $file', async (recording) => {
    expectError(await failureOf(askReplayed(withModel, recording)), recording)
  })

  it.for(counts)('counts tokens by $file', async (recording) => {
    await withModel(
      () => replay(recording),
      async (model) => {
        const outcome = await model.countTokens('hello').catch((error: unknown) => error)
        if (recording.status === 200) expect(outcome).toBe(JSON.parse(recording.body.toString()).input_tokens)
        else expectError(outcome, recording)
      },
    )
  })

  it('leaves out only what another API answered', () => {
    const rows = showApis([...anthropic, ...ollama], ({ api }) => (api === 'batches' ? 'the batch API' : undefined))
    expect(rows.map(({ api }) => api)).toEqual(['batches', 'count_tokens', 'messages'])
  })
})

/** Some files have all answers of a conversation, one behind the other. */
function answersIn(recording: Recording): Recording[] {
  if (!recording.streamed) return [recording]
  const answers = recording.body.toString().split(/(?<="type":\s*"message_stop"[^\n]*\r?\n\r?\n)(?=\S)/)
  return answers.map((answer, index) => ({
    ...recording,
    file: index === 0 ? recording.file : `${index + 1} of ${recording.file}`,
    body: Buffer.from(answer),
  }))
}

function isAnswer({ status, body }: Recording): boolean {
  return status === 200 && !/^data: .*"type":\s*"error"/m.test(body.toString())
}

function expectError(error: unknown, recording: Recording): void {
  expect(error).toBeInstanceOf(InsideLLMsError)
  const { status, code, message, requestId } = error as InsideLLMsError
  const codes: Record<number, string> = { 400: 'invalid_request', 401: 'auth', 404: 'not_found' }
  expect({ status, code }).toEqual({ status: recording.status, code: codes[recording.status] })
  const body = JSON.parse(recording.body.toString())
  expect(requestId).toBe(recording.headers['request-id'] ?? body.request_id)
  expect(message).toContain(body.error.message.slice(0, 60))
}

/** Walks the recorded bytes by itself, puts a message together in its own way, and looks for everything in it. */
function expectAll(response: ModelResponse, recording: Recording): void {
  const events = recordedEvents(recording)
  const message = recording.streamed ? assembled(events) : events[0]!
  expect(response.parts.map(wholePart)).toEqual(
    [
      ...message['content'].map(wholeBlock),
      ...(message['stop_details'] ? [{ type: 'stop_details', ...message['stop_details'] }] : []),
    ].map((part) => JSON.parse(JSON.stringify(part))),
  )
  expect(response.finish.raw).toBe(message['stop_reason'])
  const kinds: Record<string, string> = { end_turn: 'stop', max_tokens: 'length', tool_use: 'tool-calls' }
  expect(response.finish.kind).toBe(kinds[message['stop_reason']])
  const usage = message['usage']
  expect(response.usage).toEqual({
    inputTokens: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
    outputTokens: usage.output_tokens,
    ...(usage.cache_read_input_tokens != null && { cachedInputTokens: usage.cache_read_input_tokens }),
    ...(usage.cache_creation_input_tokens != null && { cacheWriteTokens: usage.cache_creation_input_tokens }),
    ...(usage.output_tokens_details && { reasoningTokens: usage.output_tokens_details.thinking_tokens }),
    raw: usage,
  })
  const fallback = usage.iterations?.find(({ type }: { type: string }) => type === 'fallback_message')
  expect(response.served).toEqual({
    model: fallback?.model ?? message['model'],
    responseId: message['id'],
    ...(recording.headers['request-id'] && { requestId: recording.headers['request-id'] }),
    sdk: { name: '@anthropic-ai/sdk', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) },
  })
  expect(response.raw).toEqual(recording.streamed ? events : events[0])
  expect(JSON.parse(JSON.stringify(response))).toEqual(response)
}

function assembled(events: Record<string, any>[]): Record<string, any> {
  const start = events.find(({ type }) => type === 'message_start')!['message']
  const last = events.findLast(({ type }) => type === 'message_delta') ?? { delta: {}, usage: {} }
  const indexes = new Set(events.filter(({ type }) => type === 'content_block_start').map(({ index }) => index))
  const content = [...indexes].map((at) => {
    const own = events.filter(({ index }) => index === at)
    const block = { ...own.find(({ type }) => type === 'content_block_start')!['content_block'] }
    const deltas = own.filter(({ type }) => type === 'content_block_delta').map(({ delta }) => delta)
    const join = (field: string): string => deltas.map((delta) => delta[field] ?? '').join('')
    for (const field of ['text', 'thinking', 'signature', 'content'])
      if (join(field) !== '') block[field] = (block[field] ?? '') + join(field)
    if (join('partial_json') !== '') block.input = join('partial_json')
    const citations = deltas.flatMap(({ citation }) => citation ?? [])
    if (citations.length > 0) block.citations = citations
    return block
  })
  const said = (fields: object): object =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
  return {
    ...start,
    ...said(last['delta']),
    usage: { ...start.usage, ...said(last['usage']) },
    content: [...start.content, ...content],
  }
}

/** A recorded block in one shape for both sides. */
function wholeBlock(block: Record<string, any>): object {
  const input = typeof block['input'] === 'string' ? JSON.parse(block['input']) : block['input']
  const { citations, ...rest } = block
  return { ...rest, ...('input' in block && { input }), ...(citations?.length && { citations }) }
}

/** The block as a later request has it: the API gives a `file_id` with its citations, and takes none. */
function returnedBlock(block: Record<string, any>): object {
  const { citations, ...whole } = wholeBlock(block) as Record<string, any>
  return {
    ...whole,
    ...(citations && { citations: citations.map((citation: object) => without(citation, 'file_id')) }),
  }
}

function without(fields: object, name: string): object {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name))
}

/** The block that a part was made from, put together from all its fields. */
function wholePart(part: ResponsePart): object {
  const own = ('providerMetadata' in part ? (part.providerMetadata?.['anthropic'] as object) : undefined) ?? {}
  switch (part.type) {
    case 'text':
      return { ...own, type: 'text', text: part.text, ...(part.annotations && { citations: part.annotations }) }
    case 'reasoning':
      return 'data' in own ? own : { ...own, thinking: part.text }
    case 'tool-call':
      return { ...own, type: 'tool_use', id: part.id, name: part.name, input: JSON.parse(part.arguments) }
    case 'other':
      return part.data
    case 'refusal':
      return part
  }
}

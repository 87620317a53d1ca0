import { json, type RecordedRequest, sseEvent, stream, type VendorWire, type WireAnswer } from '@insidellms/conformance'

/** Sources: https://platform.claude.com/docs/en/api/messages/create and …/build-with-claude/streaming */
export const anthropicWire: VendorWire = {
  finishReasons: {
    stop: 'end_turn',
    length: 'max_tokens',
    'tool-calls': 'tool_use',
    refusal: 'refusal',
    pause: 'pause_turn',
  },

  answer(answer, request) {
    const headers: Record<string, string> = answer.requestId === undefined ? {} : { 'request-id': answer.requestId }
    const content = blocks(answer)
    const message = {
      ...(answer.responseId !== undefined && { id: answer.responseId }),
      type: 'message',
      role: 'assistant',
      ...(answer.model !== undefined && { model: answer.model }),
      content: content.map(({ whole }) => whole),
      stop_reason: answer.finish,
      stop_sequence: null,
      ...(answer.usage && {
        usage: { input_tokens: answer.usage.inputTokens, output_tokens: answer.usage.outputTokens },
      }),
    }
    if (!asksForStream(request)) return json(message, { headers })
    const { usage } = message
    const events = [
      {
        type: 'message_start',
        message: {
          ...message,
          content: [],
          stop_reason: null,
          ...(usage && { usage: { ...usage, output_tokens: 1 } }),
        },
      },
      { type: 'ping' },
      ...content.flatMap(({ start, deltas }, index) => [
        { type: 'content_block_start', index, content_block: start },
        ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ]),
      {
        type: 'message_delta',
        delta: { stop_reason: answer.finish, stop_sequence: null },
        ...(usage && { usage: { output_tokens: usage.output_tokens } }),
      },
      { type: 'message_stop' },
    ]
    return stream(
      events.map((event) => sseEvent(event, event.type)),
      { headers },
    )
  },

  error({ status, message, requestId }) {
    const types: Record<number, string> = {
      401: 'authentication_error',
      403: 'permission_error',
      404: 'not_found_error',
      413: 'request_too_large',
      429: 'rate_limit_error',
      529: 'overloaded_error',
    }
    const type = types[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
    const headers: Record<string, string> = requestId === undefined ? {} : { 'request-id': requestId }
    return json({ type: 'error', error: { type, message } }, { status, headers })
  },

  overflow() {
    const message = 'prompt is too long: 210000 tokens > 200000 maximum'
    return json({ type: 'error', error: { type: 'invalid_request_error', message } }, { status: 400 })
  },

  noAnswer: () => json({ id: 'msg_1', type: 'message', role: 'assistant', content: null, stop_reason: 'end_turn' }),

  streamError: (message) => sseEvent({ type: 'error', error: { type: 'overloaded_error', message } }, 'error'),

  models: (ids) =>
    json({
      data: ids.map((id) => ({ type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' })),
      has_more: false,
      first_id: ids[0] ?? null,
      last_id: ids.at(-1) ?? null,
    }),

  tokenCount: (count) => json({ input_tokens: count }),
}

function asksForStream({ json: body }: RecordedRequest): boolean {
  return (body as { stream?: boolean } | undefined)?.stream === true
}

interface Block {
  whole: object
  start: object
  deltas: object[]
}

function blocks({ reasoning, text, toolCalls }: WireAnswer): Block[] {
  const signature = 'c2lnbmF0dXJl'
  return [
    ...(reasoning === undefined
      ? []
      : [
          {
            whole: { type: 'thinking', thinking: reasoning.join(''), signature },
            start: { type: 'thinking', thinking: '', signature: '' },
            deltas: [
              ...reasoning.map((thinking) => ({ type: 'thinking_delta', thinking })),
              { type: 'signature_delta', signature },
            ],
          },
        ]),
    ...(text.length === 0
      ? []
      : [
          {
            whole: { type: 'text', text: text.join('') },
            start: { type: 'text', text: '' },
            deltas: text.map((piece) => ({ type: 'text_delta', text: piece })),
          },
        ]),
    ...(toolCalls ?? []).map(({ id, name, arguments: input }) => ({
      whole: { type: 'tool_use', id, name, input: JSON.parse(input) as object },
      start: { type: 'tool_use', id, name, input: {} },
      deltas: [input.slice(0, 5), input.slice(5)].map((partial_json) => ({ type: 'input_json_delta', partial_json })),
    })),
  ]
}
